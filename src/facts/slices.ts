/**
 * Agents that share one set of targets out among them: the shards of a workload, the pods of a DaemonSet, and agents that are shards by
 * nothing but their configuration (`hashmod` and `keep`, as the operator writes them and people do by hand). Pure.
 */
import type {AgentConfig, ScrapeConfig} from './config/config.ts'
import type {AgentFacts} from './types.ts'

export interface HashShard {
  /** Into how many the targets are dealt. */
  of: number
  /** Which hash it keeps, from 0; null: the rule that says so is not understood, or keeps none that can occur. */
  number: number | null
  /** A hash that some job keeps and no target has, as the last of shards counted from 1. */
  impossible: number | null
  /** False: some job takes its targets whatever their hash. */
  isEveryJob: boolean
}

interface Dealing {
  shard: HashShard | null
  /** The names of its jobs, as one text. */
  jobs: string
}

/** Each agent is compared with every other: read once. */
const dealings = new WeakMap<object, Dealing>()

function dealingOf(config: Pick<AgentConfig, 'scrapeConfigs'>): Dealing {
  const known = dealings.get(config)
  if (known !== undefined) return known
  const dealing = {
    shard: readHashShard(config.scrapeConfigs),
    jobs: JSON.stringify(config.scrapeConfigs.map(({jobName}) => jobName).sort()),
  }
  dealings.set(config, dealing)
  return dealing
}

/** Null where no job deals its targets out, or to one only. */
export function hashShardOf(config: Pick<AgentConfig, 'scrapeConfigs'>): HashShard | null {
  return dealingOf(config).shard
}

function readHashShard(scrapeConfigs: readonly ScrapeConfig[]): HashShard | null {
  const shards = scrapeConfigs.flatMap(job => shardOfJob(job) ?? [])
  const [first] = shards
  if (first === undefined) return null
  const isOne = shards.every(({of, number}) => of === first.of && number === first.number)
  return {
    of: first.of,
    number: isOne ? first.number : null,
    impossible: shards.find(({impossible}) => impossible !== null)?.impossible ?? null,
    isEveryJob: shards.length === scrapeConfigs.length,
  }
}

/** "2" or "(2)", or "2;|.+;.+" of an operator that lets targets opt out; not "1|2". */
const ONE_NUMBER = /^(?:(0|[1-9]\d*)|\((0|[1-9]\d*)\))(?:$|;(?!.*\|\(?\d))/

function shardOfJob({hashmodRules, relabelConfigs}: ScrapeConfig): Omit<HashShard, 'isEveryJob'> | null {
  const hash = hashmodRules.find(({modulus}) => modulus > 1)
  if (hash === undefined) return null
  const keep = relabelConfigs.find(
    ({action, sourceLabels}) => action === 'keep' && sourceLabels.includes(hash.targetLabel),
  )
  const [, bare, inBrackets] = ONE_NUMBER.exec(keep?.regex ?? '') ?? []
  const written = bare ?? inBrackets
  const kept = written === undefined ? null : Number(written)
  const canOccur = kept !== null && kept < hash.modulus
  return {of: hash.modulus, number: canOccur ? kept : null, impossible: canOccur ? null : kept}
}

/** Another slice of the same targets; replicas of one shard have the same slice, and say nothing for each other. */
export function isOtherSlice(agent: AgentFacts, other: AgentFacts): boolean {
  if (other === agent || other.context !== agent.context || other.namespace !== agent.namespace) return false
  const {shard} = agent.evidence
  if (shard !== null && other.name === agent.name && other.evidence.shard !== shard) return true
  if (impossibleHashOf(agent) !== null) return false
  if (agent.group.kind === 'shards' && other.group.key === agent.group.key) return true
  return isOtherHash(agent, other)
}

/** Such an agent is nobody's slice: it has no targets, whatever others have. Null for a shard of the operator, which numbers them. */
export function impossibleHashOf({config, evidence}: AgentFacts): number | null {
  if (config === null || evidence.shard !== null) return null
  return hashShardOf(config)?.impossible ?? null
}

/** Workloads of their own with the same jobs, each of which keeps another hash. */
function isOtherHash({config}: AgentFacts, {config: others}: AgentFacts): boolean {
  if (config === null || others === null) return false
  const own = dealingOf(config)
  const theirs = own.shard === null ? null : dealingOf(others)
  if (!own.shard || !theirs?.shard || own.shard.number === null || theirs.shard.number === null) return false
  return own.shard.of === theirs.shard.of && own.shard.number !== theirs.shard.number && own.jobs === theirs.jobs
}
