import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/rate-limited', {
  outage: refusing,
  answers: [
    '429 Too Many Requests: the request has been rejected because the tenant exceeded the ingestion rate limit',
    '429 Too Many Requests: ',
  ],
  blame: {alone: 'central', othersFine: 'central'},
})
