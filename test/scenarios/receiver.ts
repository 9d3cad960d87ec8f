/** Centrals that do not take what they are sent, and ways not to get there. */
import {agentIn, central, credentials, oldEnough, refusing, retrying, stuck, wrongCredentials} from './parts.ts'
import type {Scenario} from './scenario.ts'

const protectedCentral = {...central, basicAuth: credentials}

export const receiver: Scenario[] = [
  {
    name: 'receiver-disabled',
    title: 'a central with its receiver switched off loses everything it is sent, whatever the lag says',
    receivers: [{...central, takesRemoteWrite: false}],
    agents: [agentIn('cluster2', '2.53')],
    until: [refusing],
    expect: {topCause: 'receiver/disabled', state: 'losing', exitCode: 1},
  },
  {
    name: 'receiver-disabled-for-all',
    title: 'agents of every release that a switched-off receiver refuses have one cause, and it is the central',
    receivers: [{...central, takesRemoteWrite: false}],
    agents: [agentIn('cluster2', '2.42'), agentIn('cluster3', '2.53'), agentIn('cluster4', '3.5')],
    until: [refusing],
    expect: {topCause: 'receiver/disabled', state: 'losing', exitCode: 1},
  },
  {
    name: 'central-stopped',
    title: 'a central that stopped refuses connections, and its agents are behind within half a minute',
    receivers: [central],
    agents: [agentIn('cluster2', '2.42')],
    fault: {kind: 'stop-receiver', receiver: 'central'},
    until: [stuck],
    expect: {topCause: 'receiver/refused', state: 'behind', exitCode: 1},
  },
  {
    name: 'unauthorized',
    title: 'a wrong password loses every sample',
    receivers: [protectedCentral],
    agents: [agentIn('cluster2', '3.5', {remoteWrite: [{to: 'central', basicAuth: wrongCredentials}]})],
    until: [refusing],
    expect: {topCause: 'receiver/unauthorized', state: 'losing', exitCode: 1},
  },
  {
    name: 'name-not-resolved',
    title: 'a name of another cluster does not resolve, and nothing was ever delivered',
    receivers: [],
    agents: [
      agentIn('cluster2', '3.5', {
        remoteWrite: [{to: 'http://central-prometheus.monitoring.svc.invalid:9090/api/v1/write'}],
      }),
    ],
    until: [oldEnough, retrying],
    expect: {topCause: 'receiver/name-not-resolved', state: 'behind', exitCode: 1},
  },
  {
    name: 'unreachable',
    title: 'a firewall that drops packets is an unreachable receiver, not a slow one',
    receivers: [{kind: 'black-hole', name: 'central'}],
    agents: [agentIn('cluster2', '2.53', {remoteWrite: [{to: 'central', timeoutSeconds: 2}]})],
    until: [oldEnough, retrying],
    expect: {topCause: 'receiver/unreachable', state: 'behind', exitCode: 1},
  },
  {
    name: 'retrying',
    title: 'a receiver that answers 503 holds everything up, and nothing is lost yet',
    receivers: [{kind: 'stand-in', name: 'central', behaviour: {kind: 'accept'}}],
    agents: [agentIn('cluster2', '3.5')],
    fault: {
      kind: 'switch-receiver',
      receiver: 'central',
      behaviour: {kind: 'answer', status: 503, body: 'Service Unavailable\n'},
    },
    until: [stuck, retrying],
    expect: {topCause: 'receiver/failing', state: 'behind', exitCode: 1},
  },
  {
    name: 'hang',
    title: 'a receiver that takes requests and never answers stalls the queue without one retry',
    receivers: [{kind: 'stand-in', name: 'central', behaviour: {kind: 'accept'}}],
    agents: [agentIn('cluster2', '2.53', {remoteWrite: [{to: 'central', timeoutSeconds: 300}]})],
    fault: {kind: 'switch-receiver', receiver: 'central', behaviour: {kind: 'hang'}},
    until: [stuck],
    expect: {topCause: 'delivery/stalled', state: 'behind', exitCode: 1},
  },
  {
    name: 'too-slow',
    title: 'a receiver that takes connections and answers after the time-out is slow, not unreachable',
    receivers: [{kind: 'stand-in', name: 'central', behaviour: {kind: 'accept'}}],
    agents: [agentIn('cluster2', '3.5', {remoteWrite: [{to: 'central', timeoutSeconds: 2}]})],
    fault: {kind: 'switch-receiver', receiver: 'central', behaviour: {kind: 'slow', seconds: 10}},
    until: [stuck, retrying],
    expect: {topCause: 'receiver/slow', state: 'behind', exitCode: 1},
  },
  {
    name: 'two-endpoints-one-bad',
    title: 'one bad endpoint of two is named, and the good one is not blamed',
    receivers: [central, {...protectedCentral, name: 'vault'}],
    agents: [
      agentIn('cluster2', '3.5', {
        remoteWrite: [
          {to: 'central', name: 'a'},
          {to: 'vault', name: 'b', basicAuth: wrongCredentials},
        ],
      }),
    ],
    until: [oldEnough, refusing],
    expect: {topCause: 'receiver/unauthorized', state: 'losing', exitCode: 1, queues: ['b']},
  },
]
