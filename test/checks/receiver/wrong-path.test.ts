import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/wrong-path', {
  outage: refusing,
  answers: ['404 Not Found: 404 page not found', '405 Method Not Allowed: '],
  others: ['404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'],
  blame: {alone: 'config', othersFine: 'config'},
})
