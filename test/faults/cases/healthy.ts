/** Fleets that must never raise an alarm, and one failing queue beside a good one. */
import {behaviours} from '../../lab/receiver.ts'
import {agentIn, central, oldEnough, refusing} from '../../scenarios/parts.ts'
import type {Expectation} from '../../scenarios/scenario.ts'
import {agent, answering, type FaultCase} from '../fault-case.ts'

const quiet: Expectation = {topCause: null, state: 'delivering', exitCode: 0}
const slowBatches = {batch_send_deadline: '5s'} // Prometheus' own

export const healthyCases: FaultCase[] = [
  {
    name: 'healthy',
    title: 'an agent that delivers is delivering, and nothing is found',
    kind: 'healthy',
    trouble: version => ({receivers: [{...central, version}], agents: [agent(version)], until: [oldEnough]}),
    expect: quiet,
  },
  {
    name: 'victoriametrics',
    title: 'an agent that writes to VictoriaMetrics delivers',
    kind: 'healthy',
    needs: 'victoria-metrics',
    trouble: version => ({
      receivers: [{kind: 'victoria-metrics', name: 'central'}],
      agents: [agent(version)],
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'just-started',
    title: 'an agent that started seconds ago is unknown, not healthy',
    kind: 'healthy',
    urgent: true,
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version)],
      until: [{kind: 'uptime', seconds: 3}],
    }),
    expect: {topCause: null, state: 'unknown', exitCode: 3, reason: 'started'},
  },
  {
    name: 'idle',
    title: 'an agent that scrapes once a minute is idle in most windows, and delivers',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [
        agent(version, {queue: slowBatches}, {scrape: {scrape_interval: '60s'}, targets: {kind: 'series', count: 1}}),
      ],
      until: [{kind: 'uptime', seconds: 125}],
    }),
    expect: quiet,
  },
  {
    name: 'slow-interval',
    title: 'a scrape interval of 30 s makes windows without a sample sent, and is no alarm',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version, {queue: slowBatches}, {scrape: {scrape_interval: '30s'}})],
      until: [{kind: 'uptime', seconds: 95}],
    }),
    expect: quiet,
  },
  {
    name: 'two-queues',
    title: 'two queues that deliver are two queues that deliver',
    kind: 'healthy',
    trouble: version => ({
      receivers: [...answering(behaviours.accept), {kind: 'stand-in', name: 'vault', behaviour: behaviours.accept}],
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
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'replicas',
    title: 'a pair of replicas that both deliver is in order',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [0, 1].map(replica =>
        agentIn('cluster2', version, {
          name: `agent-${replica}`,
          externalLabels: {cluster: 'cluster2', prometheus_replica: `agent-${replica}`},
        }),
      ),
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'relay',
    title: 'an agent without targets that passes on what another writes to it is in order',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [
        agentIn('cluster2', version, {name: 'relay-0', takesRemoteWrite: true, targets: 'none'}),
        agentIn('cluster3', version, {remoteWrite: [{to: 'relay-0'}]}),
      ],
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'huge',
    title: 'a target with 20,000 series that all arrive is in order',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [
        agent(
          version,
          {},
          {targets: {kind: 'series', count: 20_000}, scrape: {scrape_interval: '10s', scrape_timeout: '5s'}},
        ),
      ],
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'noisy-log',
    title: 'a log full of the words error, failed and retry is no alarm when they are names',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [
        agent(
          version,
          {name: 'error-failed-retry'},
          {flags: ['--log.level=debug'], otherJobs: [{job_name: 'retry-failed-errors'}]},
        ),
      ],
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'narrow-keep-list',
    title: 'a narrow keep list drops most of what is read on purpose, and is no alarm',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [
        agent(version, {
          more: {write_relabel_configs: [{source_labels: ['__name__'], regex: 'up', action: 'keep'}]},
        }),
      ],
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'stores-nothing',
    title: 'a receiver that answers 200 and stores nothing cannot be told by the agent: it is accepted, not stored',
    kind: 'healthy',
    trouble: version => ({
      receivers: answering(behaviours.storesNothing),
      agents: [agent(version)],
      until: [oldEnough],
    }),
    expect: quiet,
  },
  {
    name: 'one-bad-queue',
    title: 'one bad queue of two is named, and the good one is not blamed',
    kind: 'fault',
    trouble: version => ({
      receivers: [
        ...answering(behaviours.accept),
        {kind: 'stand-in', name: 'vault', behaviour: behaviours.unauthorized},
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
      until: [oldEnough, refusing],
    }),
    expect: {topCause: 'receiver/unauthorized', state: 'losing', exitCode: 1, queues: ['b']},
  },
]
