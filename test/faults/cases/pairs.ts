/** Two faults at once: the one that decides the state leads, and the other does not hide it. */
import {behaviours} from '../../lab/receiver.ts'
import {central, oldEnough, refusing, retrying, stuck} from '../../scenarios/parts.ts'
import {agent, answering, type FaultCase} from '../fault-case.ts'

const unavailable = {kind: 'switch-receiver', receiver: 'central', behaviour: behaviours.unavailable} as const

export const pairCases: FaultCase[] = [
  {
    name: 'unauthorized-and-targets-down',
    title: 'a refused password leads over targets that are down',
    kind: 'pair',
    trouble: version => ({
      receivers: answering(behaviours.unauthorized),
      agents: [agent(version, {}, {targets: 'refused'})],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/unauthorized', state: 'losing', exitCode: 1},
  },
  {
    name: 'failing-and-label-missing',
    title: 'a failing receiver leads over a missing label',
    kind: 'pair',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version, {}, {externalLabels: {}})],
      fault: unavailable,
      until: [stuck, retrying],
    }),
    expect: {topCause: 'receiver/failing', state: 'behind', exitCode: 1},
  },
  {
    name: 'refused-and-reload-failed',
    title: 'a central that is down leads over a reload that failed',
    kind: 'pair',
    trouble: version => ({
      receivers: [central],
      agents: [agent(version)],
      fault: {kind: 'break-config', context: 'cluster2'},
      next: [{apply: {kind: 'stop-receiver', receiver: 'central'}}],
      until: [stuck],
    }),
    expect: {topCause: 'receiver/refused', state: 'behind', exitCode: 1},
  },
  {
    name: 'disabled-and-runs-as-server',
    title: 'a receiver that is switched off leads over a server in the place of an agent',
    kind: 'pair',
    trouble: version => ({
      receivers: [{...central, takesRemoteWrite: false}],
      agents: [agent(version, {}, {runsAs: 'server'})],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/disabled', state: 'losing', exitCode: 1},
  },
  {
    name: 'refused-queue-beside-unresolved-queue',
    title: 'of two broken queues the one that loses leads over the one that waits',
    kind: 'pair',
    trouble: version => ({
      receivers: answering(behaviours.unauthorized),
      agents: [
        agent(
          version,
          {},
          {
            remoteWrite: [
              {to: 'http://central-prometheus.monitoring.svc.invalid:9090/api/v1/write', name: 'a'},
              {to: 'central', name: 'b'},
            ],
          },
        ),
      ],
      until: [oldEnough, refusing, retrying],
    }),
    expect: {topCause: 'receiver/unauthorized', state: 'losing', exitCode: 1, queues: ['a', 'b']},
  },
  {
    name: 'too-large-queue-beside-failing-queue',
    title: 'a reason seen for one queue is not borrowed for another',
    kind: 'pair',
    trouble: version => ({
      receivers: [
        {kind: 'stand-in', name: 'central', behaviour: behaviours.tooLarge},
        {kind: 'stand-in', name: 'vault', behaviour: behaviours.failing},
      ],
      agents: [
        agent(
          version,
          {},
          {
            remoteWrite: [
              {to: 'central', name: 'a'},
              {to: 'vault', name: 'b'},
            ],
          },
        ),
      ],
      until: [oldEnough, refusing, retrying],
    }),
    expect: {topCause: 'receiver/payload-too-large', state: 'losing', exitCode: 1, queues: ['a', 'b']},
  },
  {
    name: 'no-targets-and-refused',
    title: 'an agent without targets has nothing to send to a central that is down',
    kind: 'pair',
    trouble: version => ({
      receivers: [],
      agents: [agent(version, {to: 'http://127.0.0.1:1/api/v1/write'}, {targets: 'none'})],
      until: [oldEnough],
    }),
    expect: {topCause: 'scrape/no-targets', state: 'silent', exitCode: 1},
  },
  {
    name: 'failing-and-discovery-refused',
    title: 'a failing receiver leads over discovery that fails',
    kind: 'pair',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [
        agent(
          version,
          {},
          {
            otherJobs: [
              {
                job_name: 'inventory',
                http_sd_configs: [{url: 'http://127.0.0.1:1/targets', refresh_interval: '5s'}],
              },
            ],
          },
        ),
      ],
      fault: unavailable,
      until: [stuck, retrying],
    }),
    expect: {topCause: 'receiver/failing', state: 'behind', exitCode: 1},
  },
]
