import {failing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/failing', {
  outage: failing,
  answers: ['503 Service Unavailable: ', '500 Internal Server Error: label name "a" is not unique'],
  others: ['502 Bad Gateway: <html>', '429 Too Many Requests: '],
  blame: {alone: 'central', othersFine: 'central'},
})
