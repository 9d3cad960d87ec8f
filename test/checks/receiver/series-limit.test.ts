import {refusing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describeReceiverCheck('receiver/series-limit', {
  outage: refusing,
  answers: ['400 Bad Request: per-user series limit of 150000 exceeded (err-mimir-max-series-per-user)'],
  blame: {alone: 'central', othersFine: 'config'},
})
