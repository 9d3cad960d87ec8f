/** Losses that no counter shows, and what damages the buffer itself. */
import {behaviours} from '../../lab/receiver.ts'
import {oldEnough, retrying, stuck} from '../../scenarios/parts.ts'
import {agent, answering, type FaultCase} from '../fault-case.ts'

/** The same rule as with two hours between truncations (tsdb/agent/db.go), in seconds. */
const quickTruncation = [
  '--storage.agent.wal-truncate-frequency=10s',
  '--storage.agent.retention.min-time=1s',
  '--storage.agent.retention.max-time=10s',
]
/** A reader that stops at once when nothing is sent. */
const smallQueue = {max_shards: 1, max_samples_per_send: 10, capacity: 20}

const down = {kind: 'switch-receiver', receiver: 'central', behaviour: behaviours.unavailable} as const
const up = {kind: 'switch-receiver', receiver: 'central', behaviour: behaviours.accept} as const

export const walCases: FaultCase[] = [
  {
    name: 'wal-overrun',
    title: 'a reader overtaken by truncation loses, though no counter and no line says so',
    kind: 'fault',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version, {queue: smallQueue}, {targets: {kind: 'series', count: 5}, flags: quickTruncation})],
      fault: down,
      next: [{wait: {kind: 'segment-gone', segment: 2}}],
      until: [stuck, retrying],
    }),
    expect: {topCause: 'receiver/failing', state: 'losing', exitCode: 1},
  },
  {
    name: 'wal-overrun-recovered',
    title: 'loss to truncation that ended is history: a warning, with the state of now',
    kind: 'fault',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version, {queue: smallQueue}, {targets: {kind: 'series', count: 5}, flags: quickTruncation})],
      fault: down,
      next: [
        {wait: {kind: 'segment-gone', segment: 2}},
        {apply: up},
        {wait: {kind: 'log', text: 'error tailing WAL'}},
        {wait: {kind: 'caught-up', withinSeconds: 5}},
        {wait: {kind: 'metric-at-most', metric: 'prometheus_remote_storage_shards_desired', atMost: 1}},
      ],
      until: [oldEnough],
    }),
    expect: {topCause: 'delivery/loss-happened', state: 'delivering', exitCode: 0},
  },
  {
    name: 'wal-corrupt',
    title: 'a WAL that was damaged and repaired is named',
    kind: 'fault',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version)],
      next: [
        {wait: {kind: 'uptime', seconds: 10}},
        {apply: {kind: 'corrupt-wal', context: 'cluster2'}},
        {wait: {kind: 'log', text: 'repair'}},
      ],
      until: [oldEnough],
    }),
    expect: {topCause: 'wal/corrupt', state: 'delivering', exitCode: 1},
  },
  {
    name: 'disk-full',
    title: 'a full disk stops all, though every target is up and nothing failed to be sent',
    kind: 'fault',
    needs: 'disks',
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version, {}, {diskMebibytes: 32})],
      next: [{wait: {kind: 'uptime', seconds: 10}}, {apply: {kind: 'fill-disk', context: 'cluster2'}}],
      until: [{kind: 'nothing-sent-for', seconds: 65}],
    }),
    expect: {topCause: 'workload/disk-full', state: 'silent', exitCode: 1},
  },
]
