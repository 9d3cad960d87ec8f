/**
 * A store that agents write to, for tests in a few lines. The default is a Prometheus 3.5 in cluster1 that the address of aFleet's
 * queues is proven to lead to, and that holds fresh samples of {cluster="cluster2"} without a gap:
 *
 *   readFacts(aFleet({centrals: [aCentral()]}))
 *   readFacts(aFleet({centrals: [aCentral({identities: [anIdentity({newestAgeSeconds: 900})]})]}))
 */
import type {CentralEvidence, CentralIdentity} from '../../src/evidence/central.ts'
import type {Failure, Scrape} from '../../src/evidence/types.ts'
import {aFailure, collected} from './evidence.ts'
import {DEFAULT_URL, NOW, timestamp} from './scrape.ts'

export interface CentralOptions extends Partial<Omit<CentralEvidence, 'flags' | 'config' | 'scrapes'>> {
  version?: string
  flags?: Record<string, string> | Failure
  /** out_of_order_time_window as its configuration has it; null: not set. */
  window?: string | null
  config?: string | Failure
  /** Lines of its /metrics beside the usual ones; a failure: it shows none. */
  metrics?: string[] | Failure
  families?: string[]
}

export function aCentral(options: CentralOptions = {}): CentralEvidence {
  const {version = '3.5.0', window = null, flags, config, metrics, families, ...rest} = options
  const yaml = `global:\n  scrape_interval: 15s\n${window === null ? '' : `storage:\n  tsdb:\n    out_of_order_time_window: ${window}\n`}`
  const given = config ?? yaml
  return {
    name: 'cluster1/monitoring/prometheus-central-0',
    foundBy: 'context',
    place: {
      ...{context: 'cluster1', namespace: 'monitoring', pod: 'prometheus-central-0', container: 'prometheus'},
      node: 'node-1',
    },
    endpoints: [{address: DEFAULT_URL, proof: 'pod-address', detail: 'the address of its pod'}],
    clockSkewSeconds: 0,
    ready: collected({status: 200, text: 'Prometheus Server is Ready.'}),
    buildInfo: collected({version}),
    flags:
      flags !== undefined && 'ok' in flags
        ? (flags as Failure)
        : collected({
            ...{'storage.tsdb.path': '/prometheus', 'storage.tsdb.min-block-duration': '2h'},
            ...{'web.enable-remote-write-receiver': 'true', 'enable-feature': ''},
            ...flags,
          }),
    config: typeof given === 'string' ? collected(given) : given,
    scrapes: [
      metrics !== undefined && 'ok' in metrics
        ? metrics
        : collected(aStoreScrape(version, metrics ?? [], families ?? ['prometheus_tsdb_head_max_time_seconds'])),
    ],
    identities: [anIdentity()],
    ...rest,
  }
}

/** A store of which nothing could be read. */
export function anUnreadCentral(
  failure: Failure = aFailure('unreachable'),
  options: CentralOptions = {},
): CentralEvidence {
  const nothing = {ready: failure, buildInfo: failure, flags: failure, config: failure, metrics: failure}
  return aCentral({...nothing, clockSkewSeconds: null, identities: [], ...options})
}

function aStoreScrape(version: string, lines: string[], families: string[]): Scrape {
  const text = [
    `prometheus_build_info{version="${version}"} 1`,
    `prometheus_tsdb_head_max_time_seconds ${NOW - 1}`,
    'prometheus_tsdb_head_series 12000',
    `process_start_time_seconds ${NOW - 5 * 86_400}`,
    ...lines,
  ]
  const at = timestamp(NOW)
  return {agentTime: at, receivedAt: at, text: `${text.join('\n')}\n`, families}
}

export interface IdentityOptions extends Partial<CentralIdentity> {
  /** Default 5; null: an instant query sees none. */
  newestAgeSeconds?: number | null
  selector?: string
  /** Gaps of the last day, as seconds ago: [[3 h, 2 h]]. */
  gaps?: [number, number][]
}

const STEP_SECONDS = 60

export function anIdentity(options: IdentityOptions = {}): CentralIdentity {
  const {newestAgeSeconds = 5, selector = 'up', gaps = [], ...rest} = options
  const newestSeconds = newestAgeSeconds === null ? null : NOW - newestAgeSeconds
  const day = {selector, fromSeconds: NOW - 86_400, toSeconds: NOW, stepSeconds: STEP_SECONDS, truncated: false}
  const edges = [86_400, ...gaps.flat(), newestAgeSeconds ?? 600].map(ago => NOW - ago)
  const stretches = edges.flatMap((edge, index): [number, number][] => {
    const end = edges[index + 1]
    return index % 2 === 0 && end !== undefined ? [[edge, end]] : []
  })
  return {
    labels: {cluster: 'cluster2'},
    newest: collected({selector, newestSeconds, series: newestSeconds === null ? 0 : 3}),
    lastDay: collected({...day, stretches}),
    ...rest,
  }
}
