/** What `npm run demo` shows: one central, one agent that delivers, one that loses and one that falls behind. */
import {agentIn, central, credentials, oldEnough, wrongCredentials} from './parts.ts'
import type {Scenario} from './scenario.ts'

export const demo: Scenario = {
  name: 'demo',
  title: 'of three agents one delivers, one is refused and one does not find the central',
  receivers: [{...central, basicAuth: credentials}],
  agents: [
    agentIn('cluster2', '2.53', {remoteWrite: [{to: 'central', basicAuth: wrongCredentials}]}),
    agentIn('cluster3', '2.42', {
      remoteWrite: [{to: 'http://central-prometheus.monitoring.svc.invalid:9090/api/v1/write', basicAuth: credentials}],
    }),
    agentIn('cluster4', '3.5', {remoteWrite: [{to: 'central', basicAuth: credentials}]}),
  ],
  until: [oldEnough],
  expect: {topCause: 'receiver/unauthorized', state: 'losing', exitCode: 1},
}
