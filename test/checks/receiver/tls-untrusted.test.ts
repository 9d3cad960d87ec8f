import {retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/tls-untrusted', {
  outage: retrying,
  answers: ['tls: failed to verify certificate: x509: certificate signed by unknown authority'],
  others: ['tls: failed to verify certificate: x509: certificate is valid for a, not b'],
  blame: {alone: 'config', othersFine: 'config'},
})
