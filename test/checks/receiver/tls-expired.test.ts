import {retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/tls-expired', {
  outage: retrying,
  answers: [
    'tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-23T02:14:21Z is after 2026-11-22T00:00:00Z',
  ],
  blame: {alone: 'central', othersFine: 'agent'},
})
