/**
 * The query API of a central (Prometheus, VictoriaMetrics, Mimir, Thanos), over whichever way leads there: straight to a URL, or
 * through an API server to its pod. Interface only. A failure to get an answer is a value.
 */
import type {Collected} from '../../evidence/types.ts'
import type {HttpAnswer, RequestOptions} from '../connections.ts'

/** One series of an instant query. */
export interface InstantSample {
  labels: Record<string, string>
  /** Unix seconds. */
  atSeconds: number
  value: number
}

/** One series of a range query: [unix seconds, value], oldest first. */
export interface SampleRange {
  labels: Record<string, string>
  samples: [number, number][]
}

export interface QueryOptions {
  signal: AbortSignal
  timeoutSeconds: number
  /** Unix seconds; the server's now when left out. */
  atSeconds?: number
  /** Takes the samples of an instant query one by one instead of in a list, for answers that need not be held whole. */
  onSample?(sample: InstantSample): void
  /** What `onSample` was given does not count: the answer broke off and comes again from its start. */
  onRestart?(): void
}

export interface QueryApi {
  /** What people call it: its URL without credentials, or context/namespace/pod. */
  name: string
  /** The store's Date minus our clock, of the last answer; null before the first. */
  clockSkewSeconds(): number | null
  /** An instant vector; a scalar is one sample without labels. Warnings of the server ("partial response") are in `warnings`. */
  query(promql: string, options: QueryOptions): Promise<Collected<{samples: InstantSample[]; warnings: string[]}>>
  queryRange(
    promql: string,
    range: {fromSeconds: number; toSeconds: number; stepSeconds: number},
    options: QueryOptions,
  ): Promise<Collected<{series: SampleRange[]; warnings: string[]}>>
  /** Values of one label between two times, by the index alone: no sample is read. */
  labelValues(
    label: string,
    range: {fromSeconds: number; toSeconds: number},
    options: QueryOptions,
  ): Promise<Collected<{values: string[]; warnings: string[]}>>
  /** Any other path of its web server, below the same base URL: `/-/ready`, `/api/v1/status/flags`, `/metrics`. */
  get(path: string, options: RequestOptions): Promise<Collected<HttpAnswer>>
  /** What was sent to prove who asks, as it is and as headers carry it: none of it may be in what is kept. */
  credentials(): string[]
  close(): void
}

/** The way to a central's web server: paths are below its base URL, a bad status is an answer. */
export interface CentralWay {
  name: string
  /** Where this is about a pod, false: the base URL came from the user and may lack a prefix. */
  isPod: boolean
  get(path: string, options: RequestOptions): Promise<Collected<HttpAnswer>>
  /**
   * A query sent as a form, for queries longer than proxies allow in a URL. The POST reads, as a GET would: Prometheus takes both on
   * its query paths (web/api/v1/api.go). null where only GET is to be had.
   */
  postForm: ((path: string, form: string, options: RequestOptions) => Promise<Collected<HttpAnswer>>) | null
  credentials(): string[]
  close(): void
}
