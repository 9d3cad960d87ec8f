/** Logs whose reports are kept as golden files, by name. */
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {aFailure, aFleet, aLogShape, anAgent, NOW, timestamp} from '../builders/evidence.ts'

const at = (secondsAgo: number) => timestamp(NOW - secondsAgo)
const receiverOff =
  'server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'
const noSuchHost =
  'Post "https://mimir.example/api/v1/push": dial tcp: lookup mimir.example on 10.96.0.10:53: no such host'
const slog = (message: string, queue: string, error: string) =>
  `time=2026-11-23T02:14:00.000Z level=WARN source=queue_manager.go:2027 msg="${message}" component=remote remote_name=${queue} url=https://mimir.example/api/v1/push err="${error.replaceAll('"', '\\"')}"`

const refused = (queue: string) =>
  aLogShape({
    level: 'error',
    message: 'non-recoverable error',
    queue,
    error: receiverOff,
    count: 11,
    first: at(671),
    last: at(30),
    sample: slog('non-recoverable error', queue, receiverOff),
  })
const retried = aLogShape({
  queue: 'mimir',
  error: noSuchHost,
  count: 4,
  first: at(3000),
  last: at(1800),
  sample: slog('Failed to send batch, retrying', 'mimir', noSuchHost),
})

export const logFixtures: Record<string, () => FleetEvidence> = {
  wrong: () =>
    aFleet({
      agents: [
        anAgent({
          log: [
            refused('7b9425'),
            retried,
            aLogShape({
              ...{level: 'warn', component: 'scrape manager', queue: null, url: null, error: null, count: 1},
              message: 'something that no release says',
              ...{first: at(271), last: at(271)},
              sample:
                'time=2026-11-23T02:10:00.000Z level=WARN source=x.go:1 msg="something that no release says" component="scrape manager" target=http://10.0.0.9:8080/metrics',
            }),
          ],
        }),
      ],
    }),
  fleet: () =>
    aFleet({
      agents: [
        ...['cluster2', 'cluster3', 'cluster4', 'cluster6', 'cluster7', 'cluster8', 'cluster9'].map(context =>
          anAgent({context, log: [refused('central')]}),
        ),
        anAgent({
          context: 'cluster2',
          pod: 'agent-1',
          log: aFailure('forbidden', 'pods "agent-1" is forbidden: User "viewer" cannot get resource "pods/log"'),
        }),
      ],
      contexts: {cluster5: {serverVersion: aFailure('timeout', 'its API server did not answer within 5 s')}},
    }),
  well: () => aFleet({agents: [anAgent({log: []})]}),
  none: () => aFleet({agents: []}),
}
