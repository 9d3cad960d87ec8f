/** In what a queue can be when its lag is read: each is a queue of one agent, and a path of the recorder. */
import type {LagRow} from '../../src/diagnose/lag/lag-report.ts'
import type {State} from '../../src/diagnose/report.ts'
import type {AgentSpec, RemoteWriteSpec} from '../scenarios/scenario.ts'
import type {Answer} from './recorder.ts'

/** before: all is well · outage: things go wrong · recovery: they are mended. */
export type Phase = 'before' | 'outage' | 'recovery'

export interface Situation {
  name: string
  /** How often what it sends is scraped. */
  scrapeSeconds: number
  /** The agent that has the queue. */
  agent: 'often' | 'rarely'
  queue?: Record<string, unknown>
  more?: Record<string, unknown>
  timeoutSeconds?: number
  /** `write`: counts its writes. `outageSeconds`: since the phase began. */
  answer(phase: Phase, write: number, outageSeconds: number): Answer
  /** Of its row in the outage; left out: not looked at. */
  state?: State
  /** What is advised to it at the end of the outage. */
  suggestion?: NonNullable<LagRow['suggestion']>['kind']
  /** Its lag says nothing: samples that are refused count as sent. The state must. */
  saysNothing?: boolean
}

const taken: Answer = {afterSeconds: 0}
const during = (answer: Answer) => (phase: Phase) => (phase === 'outage' ? answer : taken)
const oneShard = {max_shards: 1, min_shards: 1}
/** Long enough that a queue catches up while it is looked at, and not before. */
const outageToCatchUpSeconds = 25

export const situations: Situation[] = [
  {name: 'delivering', scrapeSeconds: 1, agent: 'often', answer: () => taken, state: 'delivering'},
  {name: 'scraped every 15 s', scrapeSeconds: 15, agent: 'rarely', answer: () => taken, state: 'delivering'},
  {
    name: 'keeps rare series only',
    scrapeSeconds: 20,
    agent: 'often',
    more: {write_relabel_configs: [{source_labels: ['job'], regex: 'rare', action: 'keep'}]},
    answer: () => taken,
    state: 'delivering',
  },
  {name: 'blocked, 503', scrapeSeconds: 1, agent: 'often', answer: during({status: 503}), state: 'behind'},
  {
    name: 'blocked, no answer',
    scrapeSeconds: 1,
    agent: 'often',
    timeoutSeconds: 5,
    answer: during('never'),
    state: 'behind',
  },
  {
    name: 'blocked, small shard',
    scrapeSeconds: 1,
    agent: 'often',
    queue: {...oneShard, capacity: 20, max_samples_per_send: 10},
    answer: phase => (phase === 'outage' ? {status: 500} : taken),
    state: 'behind',
  },
  {
    name: 'never delivered',
    scrapeSeconds: 1,
    agent: 'often',
    answer: phase => (phase === 'recovery' ? taken : {status: 503}),
    state: 'behind',
  },
  {
    name: 'slower than offered',
    scrapeSeconds: 1,
    agent: 'often',
    queue: {...oneShard, max_samples_per_send: 100},
    answer: phase => (phase === 'outage' ? {afterSeconds: 0.4} : taken),
    suggestion: 'larger-batches',
  },
  {
    name: 'every other write fails',
    scrapeSeconds: 1,
    agent: 'often',
    answer: (_, write) => (write % 2 === 0 ? {status: 503} : taken),
  },
  {
    name: 'catching up',
    scrapeSeconds: 1,
    agent: 'often',
    queue: {...oneShard, max_samples_per_send: 500},
    answer: (phase, _, outageSeconds) => {
      if (phase !== 'outage') return taken
      return outageSeconds < outageToCatchUpSeconds ? {status: 503} : {afterSeconds: 0.45}
    },
  },
  {
    name: 'refused, 400',
    scrapeSeconds: 1,
    agent: 'often',
    answer: during({status: 400}),
    state: 'losing',
    saysNothing: true,
  },
]

/** The default of queue_config.batch_send_deadline, which the lab shortens otherwise. */
export const batchDeadlineSeconds = 5

/** The queue's name; also its path at the recorder, behind the version. */
export function queueName({name}: Situation): string {
  return name.replace(/[^a-z0-9]+/g, '-')
}

/** `target`: host:port of the recorder, which answers scrapes too. */
export function agentsFor(
  version: AgentSpec['version'],
  urlOf: (queue: string) => string,
  target: string,
): AgentSpec[] {
  const writesOf = (agent: Situation['agent']) => {
    return situations.filter(situation => situation.agent === agent).map(situation => remoteWrite(situation, urlOf))
  }
  const rare = {job_name: 'rare', scrape_interval: '20s', scrape_timeout: '5s', static_configs: [{targets: [target]}]}
  const rarely = {scrape_interval: '15s', scrape_timeout: '5s'}
  return [
    {context: 'agents', name: 'often-0', version, remoteWrite: writesOf('often'), otherJobs: [rare]},
    {context: 'agents', name: 'rarely-0', version, remoteWrite: writesOf('rarely'), scrape: rarely},
  ]
}

function remoteWrite(situation: Situation, urlOf: (queue: string) => string): RemoteWriteSpec {
  const {queue, more, timeoutSeconds} = situation
  const name = queueName(situation)
  return {
    to: urlOf(name),
    name,
    queue: {batch_send_deadline: `${batchDeadlineSeconds}s`, ...queue},
    ...(timeoutSeconds !== undefined && {timeoutSeconds}),
    ...(more && {more}),
  }
}
