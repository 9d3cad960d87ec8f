/**
 * Agents that share one set of targets out among them: the shards of a workload, the pods of a DaemonSet, and agents that are shards by
 * nothing but their configuration (`hashmod` and `keep`, as the operator writes them and people do by hand). Pure.
 */
import type {AgentConfig, ScrapeConfig} from './config/config.ts'
import type {AgentFacts} from './types.ts'

export interface HashShard {
  /** Into how many the targets are dealt. */
  of: number
  /** Which hash it keeps, from 0; null: the rule that says so is not understood. */
  number: number | null
  /** False: some job takes its targets whatever their hash. */
  isEveryJob: boolean
}

/** Null where no job deals its targets out, or to one only. */
export function hashShardOf({scrapeConfigs}: Pick<AgentConfig, 'scrapeConfigs'>): HashShard | null {
  const shards = scrapeConfigs.flatMap(job => shardOfJob(job) ?? [])
  const [first] = shards
  if (first === undefined) return null
  const isOne = shards.every(({of, number}) => of === first.of && number === first.number)
  return {
    of: first.of,
    number: isOne ? first.number : null,
    isEveryJob: shards.length === scrapeConfigs.length,
  }
}

function shardOfJob({hashmodRules, relabelConfigs}: ScrapeConfig): Omit<HashShard, 'isEveryJob'> | null {
  const hash = hashmodRules.find(({modulus}) => modulus > 1)
  if (hash === undefined) return null
  const keep = relabelConfigs.find(
    ({action, sourceLabels}) => action === 'keep' && sourceLabels.includes(hash.targetLabel),
  )
  // "2", or "2;|.+;.+" of an operator that lets targets opt out.
  const number = /^\(?(\d+)(?!\d*[.[*+?])/.exec(keep?.regex ?? '')?.[1]
  return {of: hash.modulus, number: number === undefined ? null : Number(number)}
}

/** Another slice of the same targets; replicas of one shard have the same slice, and say nothing for each other. */
export function isOtherSlice(agent: AgentFacts, other: AgentFacts): boolean {
  if (other === agent || other.context !== agent.context || other.namespace !== agent.namespace) return false
  if (agent.group.kind === 'shards' && other.group.key === agent.group.key) return true
  if (other.name === agent.name && agent.evidence.shard !== null && other.evidence.shard !== agent.evidence.shard)
    return true
  return isOtherHash(agent, other)
}

/** Workloads of their own with the same jobs, each of which keeps another hash. */
function isOtherHash({config}: AgentFacts, {config: others}: AgentFacts): boolean {
  if (config === null || others === null) return false
  const own = hashShardOf(config)
  const theirs = own === null ? null : hashShardOf(others)
  if (own === null || theirs === null || own.number === null || theirs.number === null) return false
  return own.of === theirs.of && own.number !== theirs.number && jobsOf(config) === jobsOf(others)
}

function jobsOf({scrapeConfigs}: AgentConfig): string {
  return JSON.stringify(scrapeConfigs.map(({jobName}) => jobName).sort())
}
