import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/duplicate-samples', {
  outage: refusing,
  answers: ['400 Bad Request: duplicate sample for timestamp 1795400000000; overrides not allowed'],
  blame: {alone: 'config', othersFine: 'config'},
})
