/** One store as it describes itself: its make, whether it takes remote writes, how old a sample it still takes. Pure. */
import type {CentralEvidence, CentralSelf} from '../../evidence/central.ts'
import type {Collected, Failure} from '../../evidence/types.ts'
import {parseConfig} from '../config/parse-config.ts'
import {parseDurationSeconds} from '../duration.ts'
import {type Exposition, sample, samples} from '../exposition/exposition.ts'
import {type ReadScrape, readScrapes} from '../exposition/scrapes.ts'
import {isAtLeast, type PrometheusVersion, parseVersion} from '../process/versions.ts'
import type {CentralFacts} from './types.ts'

/** `storage.tsdb.min-block-duration` of cmd/prometheus/main.go. */
const USUAL_BLOCK_SECONDS = 7200

export function readStore(evidence: CentralEvidence): CentralFacts {
  const {name, foundBy, clockSkewSeconds, flags, ready, earlier} = evidence
  const scrape = newestScrape(evidence)
  const metrics = scrape?.metrics ?? null
  const now = readSelf(evidence, scrape)
  const self = now.kind === 'unknown' && earlier ? readSelf(earlier, newestScrape(earlier)) : now
  const {kind, version, outOfOrderWindowSeconds: window} = self
  const isRead = [flags, evidence.buildInfo, ...evidence.scrapes, ...evidence.identities.map(each => each.newest)].some(
    piece => piece.ok,
  )
  return {
    evidence,
    name,
    foundBy,
    kind,
    version,
    isRead,
    problem: isRead ? null : firstFailure([ready, evidence.buildInfo, flags]),
    isStarting: ready.ok && ready.value.status === 503,
    receiver: kind === 'prometheus' && flags.ok ? takesRemoteWrite(flags.value) : null,
    outOfOrderWindowSeconds: window,
    refusesAfterSeconds:
      window === null ? null : Math.max(blockSeconds(flags.ok ? flags : (earlier?.flags ?? flags)) / 2, window),
    clockSkewSeconds,
    head: {
      minSeconds: finite(metrics && sample(metrics, 'prometheus_tsdb_head_min_time_seconds')),
      maxSeconds: finite(metrics && sample(metrics, 'prometheus_tsdb_head_max_time_seconds')),
      series: finite(metrics && sample(metrics, 'prometheus_tsdb_head_series')),
    },
    walBytes: finite(metrics && sample(metrics, 'prometheus_tsdb_wal_storage_size_bytes')),
    writes: metrics && kind === 'prometheus' ? writeRequests(metrics) : null,
  }
}

function newestScrape({scrapes}: CentralSelf): ReadScrape | null {
  return readScrapes(scrapes).at(-1) ?? null
}

function readSelf(
  self: CentralSelf,
  scrape: ReadScrape | null,
): Pick<CentralFacts, 'kind' | 'version' | 'outOfOrderWindowSeconds'> {
  const kind = kindOf(self, scrape?.evidence.families ?? [])
  const version = versionOf(self, scrape?.metrics ?? null)
  return {kind, version, outOfOrderWindowSeconds: kind === 'prometheus' ? outOfOrderWindow(self, version) : null}
}

/** By what only one make has: its flags, the names of its metrics, the name in its build information. */
function kindOf({flags, buildInfo}: CentralSelf, families: readonly string[]): CentralFacts['kind'] {
  const application = buildInfo.ok ? (buildInfo.value.application ?? '') : ''
  const has = (start: string) => families.some(family => family.startsWith(start))
  if (/mimir|cortex/i.test(application) || has('cortex_')) return 'mimir'
  if (has('vm_') || has('vminsert_') || has('vmselect_')) return 'victoria-metrics'
  if (has('thanos_')) return 'thanos'
  if (has('prometheus_tsdb_head_') || (flags.ok && flags.value['storage.tsdb.path'] !== undefined)) return 'prometheus'
  return 'unknown'
}

function versionOf({buildInfo}: CentralSelf, metrics: Exposition | null): PrometheusVersion | null {
  const texts = [
    metrics ? samples(metrics, 'prometheus_build_info')[0]?.labels.version : undefined,
    buildInfo.ok ? buildInfo.value.version : undefined,
  ]
  for (const text of texts) {
    const version = text === undefined ? null : parseVersion(text)
    if (version !== null) return version
  }
  return null
}

/** A flag of its own since 2.33, and a feature before that (cmd/prometheus/main.go). */
function takesRemoteWrite(flags: Record<string, string>): boolean {
  if (flags['web.enable-remote-write-receiver'] === 'true') return true
  return (flags['enable-feature'] ?? '').split(',').includes('remote-write-receiver')
}

/** Since 2.39 (config/config.go); 0 where the configuration does not set it. */
function outOfOrderWindow({config}: CentralSelf, version: PrometheusVersion | null): number | null {
  if (version !== null && !isAtLeast(version, '2.39')) return 0
  if (!config.ok) return null
  const parsed = parseConfig(config.value, version)
  return parsed.ok ? parsed.config.outOfOrderWindowSeconds : null
}

/** The head takes what is at most half a block older than its newest sample (appendableMinValidTime in tsdb/head_append.go). */
function blockSeconds(flags: Collected<Record<string, string>>): number {
  const text = flags.ok ? flags.value['storage.tsdb.min-block-duration'] : undefined
  const seconds = text === undefined ? null : parseDurationSeconds(text)
  return seconds === null || seconds <= 0 ? USUAL_BLOCK_SECONDS : seconds
}

/** prometheus_http_requests_total of the write handler; null when no such request has ever come or the metric has no such label. */
function writeRequests(metrics: Exposition): CentralFacts['writes'] {
  const all = samples(metrics, 'prometheus_http_requests_total')
  if (all.length === 0) return null
  const writes = all.filter(({labels}) => /\/api\/v1\/write$/.test(labels.handler ?? ''))
  const count = (code: RegExp) =>
    writes.reduce((total, {labels, value}) => total + (code.test(labels.code ?? '') && value > 0 ? value : 0), 0)
  return {requests: count(/./), refused: count(/^4/), failed: count(/^5/)}
}

function firstFailure(pieces: readonly Collected<unknown>[]): Failure | null {
  return pieces.find(piece => !piece.ok) ?? null
}

/** An empty head has the largest and the smallest times that there are. */
function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && Math.abs(value) < 1e11 ? value : null
}
