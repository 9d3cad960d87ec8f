/** Fleets whose reports are kept as golden files, by name. */
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {aFailure, aFleet, aLogShape, anAgent, type BuiltAgent, NOW, timestamp} from '../builders/evidence.ts'

const receiverOff =
  'server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'
const noSuchHost =
  'Post "https://mimir.example/api/v1/push": dial tcp: lookup mimir.example on 10.96.0.10:53: no such host'
const central = 'http://172.28.139.113:30090/api/v1/write'

export const fixtures: Record<string, () => FleetEvidence> = {
  well: () =>
    aFleet({
      agents: [
        anAgent({
          pod: 'prom-agent-shop-0',
          remoteWriteYaml: 'basic_auth: {username: cluster2}',
          queues: [{url: 'https://mimir.example/api/v1/push'}],
          rate: 1204,
        }),
      ],
    }),
  wrong: () =>
    aFleet({
      agents: [
        anAgent({context: 'cluster4', queues: [{url: central}], rate: 420}),
        refusedBy('cluster2'),
        anAgent({
          context: 'cluster3',
          version: '2.53.0',
          rate: 95,
          queues: [
            {doing: 'retrying', forSeconds: 2460, name: 'mimir', url: 'https://mimir.example/api/v1/push'},
            {name: 'local', url: 'https://local.example/api/v1/push'},
          ],
          log: [aLogShape({queue: 'mimir', error: noSuchHost})],
        }),
      ],
      contexts: {cluster5: {serverVersion: aFailure('timeout', 'its API server did not answer within 5 s')}},
    }),
  'central-off': () =>
    aFleet({
      agents: [
        refusedBy('cluster2'),
        refusedBy('cluster3'),
        anAgent({context: 'cluster4', queues: [{url: 'https://other.example/api/v1/write'}]}),
      ],
    }),
  'not-allowed': () => aFleet({agents: [unreadable()]}),
  'no-reason': () =>
    aFleet({
      agents: [
        anAgent({
          queues: [{doing: 'retrying', forSeconds: 900}],
          log: aFailure('forbidden', 'pods "agent-0" is forbidden: User "viewer" cannot get resource "pods/log"', [
            [{verb: 'get', group: '', resource: 'pods/log', namespace: 'monitoring'}],
          ]),
        }),
      ],
    }),
  silent: () =>
    aFleet({
      agents: [
        anAgent({queues: []}),
        anAgent({
          context: 'cluster3',
          scrapes: [aFailure('unreachable', 'connection refused')],
          container: {
            restarts: 12,
            state: {
              kind: 'waiting',
              reason: 'CrashLoopBackOff',
              message: 'back-off 5m0s restarting failed container',
              exitCode: null,
              startedAt: null,
              finishedAt: null,
            },
            lastState: {
              kind: 'terminated',
              reason: 'OOMKilled',
              message: null,
              exitCode: 137,
              startedAt: timestamp(NOW - 300),
              finishedAt: timestamp(NOW - 200),
            },
          },
        }),
      ],
    }),
  replicas: () =>
    aFleet({
      agents: [
        anAgent({pod: 'agent-0', replica: 0}),
        anAgent({
          pod: 'agent-1',
          replica: 1,
          queues: [{doing: 'retrying', forSeconds: 900}],
          log: [
            aLogShape({
              error:
                'Post "http://central.example:9090/api/v1/write": dial tcp 10.1.2.3:9090: connect: connection refused',
            }),
          ],
        }),
      ],
    }),
  none: () => aFleet({agents: [], contexts: {cluster2: {}}}),
}

function refusedBy(context: string): BuiltAgent {
  return anAgent({
    context,
    queues: [{doing: 'failing', forSeconds: 660, url: central}],
    log: [
      aLogShape({level: 'error', message: 'non-recoverable error', error: receiverOff, first: timestamp(NOW - 660)}),
    ],
  })
}

function unreadable(): BuiltAgent {
  const right = (verb: string, resource: string) => ({verb, group: '', resource, namespace: 'monitoring'})
  const failure = aFailure(
    'forbidden',
    'pods "agent-0" is forbidden: User "viewer" cannot create resource "pods/portforward" in API group "" in the namespace "monitoring"',
    [[right('get', 'pods/portforward'), right('create', 'pods/portforward')], [right('get', 'pods/proxy')]],
  )
  const agent = anAgent({scrapes: [failure]})
  Object.assign(agent.evidence, {
    ready: failure,
    config: failure,
    flags: failure,
    targets: failure,
    buildInfo: failure,
    runtimeInfo: failure,
    transport: null,
  })
  return agent
}
