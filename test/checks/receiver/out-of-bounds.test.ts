import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/out-of-bounds', {
  outage: refusing,
  answers: [
    '400 Bad Request: out of bounds',
    '400 Bad Request: too old sample',
    '400 Bad Request: err-mimir-too-far-in-future',
  ],
  others: ['400 Bad Request: out of order sample'],
  blame: {alone: 'central', othersFine: 'config'},
})
