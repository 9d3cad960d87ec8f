import {retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/tls-name-mismatch', {
  outage: retrying,
  answers: ['tls: failed to verify certificate: x509: certificate is valid for mimir.example, not central.example'],
  others: ['tls: failed to verify certificate: x509: certificate signed by unknown authority'],
  blame: {alone: 'config', othersFine: 'config'},
})
