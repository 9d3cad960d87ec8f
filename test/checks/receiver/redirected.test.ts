import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/redirected', {
  outage: refusing,
  answers: ['301 Moved Permanently: ', '308 Permanent Redirect: '],
  blame: {alone: 'config', othersFine: 'config'},
})
