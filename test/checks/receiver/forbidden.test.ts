import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/forbidden', {
  outage: refusing,
  answers: ['403 Forbidden: '],
  others: ['401 Unauthorized: '],
  blame: {alone: 'config', othersFine: 'config'},
})
