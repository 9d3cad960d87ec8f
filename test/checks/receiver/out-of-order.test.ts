import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/out-of-order', {
  outage: refusing,
  answers: ['400 Bad Request: out of order sample', '409 Conflict: '],
  others: ['400 Bad Request: out of bounds'],
  blame: {alone: 'config', othersFine: 'config'},
})
