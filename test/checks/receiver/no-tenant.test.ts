import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/no-tenant', {
  outage: refusing,
  answers: ['401 Unauthorized: no org id'],
  others: ['401 Unauthorized: Unauthorized'],
  blame: {alone: 'config', othersFine: 'config'},
})
