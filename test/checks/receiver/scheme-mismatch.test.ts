import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/scheme-mismatch', {
  outage: refusing,
  answers: ['400 Bad Request: Client sent an HTTP request to an HTTPS server.', '400 Bad Request: <html>'],
  blame: {alone: 'config', othersFine: 'config'},
})
