import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/payload-too-large', {
  outage: refusing,
  answers: ['413 Request Entity Too Large: '],
  blame: {alone: 'proxy', othersFine: 'proxy'},
})
