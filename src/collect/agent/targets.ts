/** /api/v1/targets, summarised while it streams in: large fleets answer 50 MB and more. */
import type {Collected, TargetsEvidence} from '../../evidence/types.ts'
import {parseDurationSeconds} from '../../facts/duration.ts'
import {failure} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import {isRecord} from '../is-record.ts'
import {keepText} from '../redact.ts'
import {refusal} from './answers.ts'
import {scanJsonArray} from './json-array-scanner.ts'
import {createLabelDigest, labelSetOf, type TargetLabelSet} from './target-labels.ts'

const TIMEOUT_SECONDS = 30
const MAX_BYTES = 256 * 2 ** 20
const MAX_POOLS = 5000
const MAX_ERRORS_PER_POOL = 20
const MAX_EXAMPLES = 3

interface Pool {
  active: number
  up: number
  down: number
  intervalSeconds: number | null
  slowest: {seconds: number; timeoutSeconds: number; target: string} | null
  errors: Map<string, {error: string; count: number; examples: string[]}>
}

/** Begins anew each time it is called, and gives what takes each target's labels: an answer that was cut off comes again from its start. */
export type KeepLabels = () => (labels: TargetLabelSet, pool: string) => void

/**
 * Active targets only: the list of dropped ones is the larger part of the answer and tells nothing that
 * prometheus_sd_discovered_targets does not. `scrapeInterval` of a target is known since 2.28.
 */
export async function readTargets(
  connection: AgentConnection,
  prefix: string,
  signal: AbortSignal,
  keepLabels?: KeepLabels,
): Promise<Collected<TargetsEvidence>> {
  const path = `${prefix}/api/v1/targets`
  let summary = createTargetsSummary(keepLabels?.())
  let scanner = scanJsonArray('activeTargets', summary.add)
  let bytes = 0
  const answer = await connection.get(`${path}?state=active`, {
    signal,
    timeoutSeconds: TIMEOUT_SECONDS,
    maxBytes: MAX_BYTES,
    onRestart() {
      summary = createTargetsSummary(keepLabels?.())
      scanner = scanJsonArray('activeTargets', summary.add)
      bytes = 0
    },
    onChunk(chunk) {
      bytes += chunk.length
      scanner.push(chunk)
      return bytes > MAX_BYTES ? 'enough' : 'more'
    },
  })
  if (!answer.ok) return answer
  if (answer.value.status !== 200) return refusal(answer.value, path)
  if (/^\s*</.test(scanner.head())) return failure('malformed', `${path} answered an HTML page instead of JSON`)
  if (bytes > MAX_BYTES) return failure('malformed', `${path} answered more than ${MAX_BYTES} bytes`)
  if (!scanner.isComplete())
    return failure('malformed', `${path} answered no complete list of targets: ${keepText(scanner.head(), 100)}`)
  return {...answer, value: summary.result()}
}

/** Adds up targets one by one; errors that differ only in addresses, times and numbers are counted as one. */
export function createTargetsSummary(onLabels?: ReturnType<KeepLabels>): {
  add(targetJson: string): void
  result(): TargetsEvidence
} {
  const digest = createLabelDigest()
  const pools = new Map<string, Pool>()
  const totals = {active: 0, up: 0, down: 0, unknown: 0}

  function add(targetJson: string): void {
    let target: unknown
    try {
      target = JSON.parse(targetJson)
    } catch {
      return
    }
    if (!isRecord(target)) return
    const pool = poolOf(keepText(text(target.scrapePool), 300))
    const intervalSeconds = parseDurationSeconds(text(target.scrapeInterval))
    totals.active += 1
    pool.active += 1
    const labels = labelSetOf(target.labels)
    digest.add(labels)
    onLabels?.(labels, text(target.scrapePool))
    if (intervalSeconds !== null) pool.intervalSeconds = Math.max(pool.intervalSeconds ?? 0, intervalSeconds)
    if (target.health === 'up') {
      totals.up += 1
      pool.up += 1
      compareSlowest(pool, target)
    } else if (target.health === 'down') {
      totals.down += 1
      pool.down += 1
      addError(pool, text(target.lastError), text(target.scrapeUrl))
    } else totals.unknown += 1
  }

  function poolOf(name: string): Pool {
    const key = pools.has(name) || pools.size < MAX_POOLS ? name : '(other)'
    const pool = pools.get(key) ?? {active: 0, up: 0, down: 0, intervalSeconds: null, slowest: null, errors: new Map()}
    pools.set(key, pool)
    return pool
  }

  function result(): TargetsEvidence {
    const sorted = [...pools].sort(([a], [b]) => (a < b ? -1 : 1))
    const intervals = sorted.flatMap(([, {intervalSeconds}]) => (intervalSeconds === null ? [] : [intervalSeconds]))
    return {
      ...totals,
      dropped: null,
      pools: sorted.map(([name, pool]) => ({
        name,
        active: pool.active,
        up: pool.up,
        down: pool.down,
        intervalSeconds: pool.intervalSeconds,
        slowest: pool.slowest,
        errors: [...pool.errors.values()].sort((a, b) => b.count - a.count),
      })),
      longestIntervalSeconds: intervals.length > 0 ? Math.max(...intervals) : null,
      labels: digest.result(),
    }
  }

  return {add, result}
}

/** `lastScrapeDuration` is in seconds; `scrapeTimeout` of a target is known since 2.28. */
function compareSlowest(pool: Pool, target: Record<string, unknown>): void {
  const seconds = target.lastScrapeDuration
  const timeoutSeconds = parseDurationSeconds(text(target.scrapeTimeout))
  if (typeof seconds !== 'number' || timeoutSeconds === null || timeoutSeconds <= 0) return
  const known = pool.slowest
  if (known !== null && seconds / timeoutSeconds <= known.seconds / known.timeoutSeconds) return
  pool.slowest = {seconds, timeoutSeconds, target: keepText(text(target.scrapeUrl), 300)}
}

function addError(pool: Pool, lastError: string, scrapeUrl: string): void {
  const known = [...pool.errors.keys()]
  const template = errorTemplate(lastError)
  const key = known.includes(template) || known.length < MAX_ERRORS_PER_POOL ? template : 'other errors'
  const group = pool.errors.get(key) ?? {
    error: key === 'other errors' ? key : keepText(lastError, 500),
    count: 0,
    examples: [],
  }
  group.count += 1
  if (group.examples.length < MAX_EXAMPLES) group.examples.push(keepText(scrapeUrl, 300))
  pool.errors.set(key, group)
}

/** HTTP statuses stay, since 401 and 503 are not one trouble. */
function errorTemplate(error: string): string {
  return error
    .slice(0, 1000)
    .replace(/"https?:\/\/[^"]*"/g, '<url>')
    .replace(/\[?[0-9a-f]*(?::[0-9a-f]*){2,7}\]?(?::\d+)?/gi, '<address>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?/g, '<address>')
    .replace(/status (\d{3})|\d+(?:\.\d+)?/g, (_, status?: string) => (status ? `status ${status}` : '#'))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
