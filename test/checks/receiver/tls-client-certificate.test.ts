import {retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/tls-client-certificate', {
  outage: retrying,
  answers: ['remote error: tls: certificate required'],
  blame: {alone: 'config', othersFine: 'config'},
})
