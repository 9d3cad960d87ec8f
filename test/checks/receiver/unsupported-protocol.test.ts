import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/unsupported-protocol', {
  outage: refusing,
  answers: ['415 Unsupported Media Type: expected application/x-protobuf as the first (media) part'],
  others: ['400 Bad Request: '],
  blame: {alone: 'config', othersFine: 'config'},
})
