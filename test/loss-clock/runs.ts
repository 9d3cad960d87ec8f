/**
 * Outages that end in loss within minutes, because hidden flags shorten what takes hours: the same code of Prometheus, sooner.
 * Queues have one small shard, so that the WAL reader stops as soon as nothing is sent.
 */
import {behaviours} from '../lab/receiver.ts'
import type {AgentSpec, Condition, LabFault, Scenario, Version} from '../scenarios/scenario.ts'

export interface Run {
  scenario: Scenario
  /** What ends the data. */
  kind: 'truncation' | 'disk' | 'age-limit'
  version: Version
  /** What a person calls it in the table. */
  what: string
  /** Of the load it puts on the machine: so many busy ones at once are enough. */
  isBusy: boolean
}

const versions: readonly Version[] = ['2.42', '2.53', '3.5']
const quickly = (seconds: number) => [
  `--storage.agent.wal-truncate-frequency=${seconds}s`,
  '--storage.agent.retention.min-time=1s',
  `--storage.agent.retention.max-time=${seconds}s`,
]
const quickCompaction = ['--storage.tsdb.min-block-duration=20s', '--storage.tsdb.max-block-duration=20s']
const segmentsOf10MB = ['--storage.agent.wal-segment-size=10MB', '--no-storage.agent.wal-compression']
const smallQueue = {max_shards: 1, max_samples_per_send: 10, capacity: 20, max_backoff: '1s'}
/** Takes what a busy agent has, and still stops at once. */
const wideQueue = {max_shards: 1, max_samples_per_send: 20_000, capacity: 60_000, max_backoff: '1s'}
const few = {kind: 'series', count: 5} as const
const many = {kind: 'series', count: 40_000} as const

interface Story {
  what: string
  kind?: Run['kind']
  /** Of the agent when the receiver goes down. */
  uptimeSeconds: number
  agent: Partial<AgentSpec>
  queue?: Record<string, unknown>
  before?: LabFault['kind'][]
  isBusy?: boolean
  versions?: readonly Version[]
}

const stories: Story[] = [
  ...[4, 13, 27].map(uptimeSeconds => ({
    what: `idle agent, receiver down after ${uptimeSeconds} s`,
    uptimeSeconds,
    agent: {targets: few, flags: quickly(10)},
  })),
  {
    what: 'idle agent, started again on its WAL',
    uptimeSeconds: 12,
    before: ['restart-agent'],
    agent: {targets: few, flags: quickly(10)},
  },
  ...[25, 70].map(uptimeSeconds => ({
    what: `busy agent, receiver down after ${uptimeSeconds} s`,
    uptimeSeconds,
    agent: {targets: many, flags: [...quickly(40), ...segmentsOf10MB]},
    queue: wideQueue,
    isBusy: true,
  })),
  ...[8, 45].map(uptimeSeconds => ({
    what: `server, receiver down after ${uptimeSeconds} s`,
    uptimeSeconds,
    agent: {runsAs: 'server' as const, targets: few, flags: quickCompaction},
  })),
  {
    what: 'small disk',
    kind: 'disk',
    uptimeSeconds: 20,
    agent: {targets: many, diskMebibytes: 64, flags: segmentsOf10MB},
    queue: wideQueue,
    isBusy: true,
    versions: ['2.53', '3.5'], // the size of the WAL is a metric since 2.43
  },
  {
    what: 'sample_age_limit',
    kind: 'age-limit',
    uptimeSeconds: 10,
    agent: {targets: few},
    queue: {...smallQueue, sample_age_limit: '60s'},
    versions: ['2.53', '3.5'], // since 2.50
  },
]

export const runs: Run[] = stories.flatMap(story =>
  (story.versions ?? versions).map(version => {
    const {what, kind = 'truncation', isBusy = false} = story
    return {what, kind, isBusy, version, scenario: scenarioOf(story, version)}
  }),
)

function scenarioOf({what, uptimeSeconds, agent, queue = smallQueue, before = []}: Story, version: Version): Scenario {
  const context = 'cluster2'
  const down: Condition = {kind: 'uptime', seconds: uptimeSeconds}
  return {
    name: `${what.replace(/[^a-z0-9]+/g, '-')}-${version.replace('.', '-')}`,
    title: what,
    receivers: [{kind: 'stand-in', name: 'central', behaviour: behaviours.accept}],
    agents: [{context, name: 'agent-0', version, remoteWrite: [{to: 'central', queue}], ...agent}],
    next: [
      ...before.flatMap(kind => [{wait: {kind: 'uptime', seconds: 15} as const}, {apply: {kind, context}}]),
      {wait: down},
      {apply: {kind: 'switch-receiver', receiver: 'central', behaviour: behaviours.unavailable}},
    ],
    until: [],
    expect: {topCause: 'receiver/failing', state: 'losing', exitCode: 1},
  }
}
