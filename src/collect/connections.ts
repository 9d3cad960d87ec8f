/**
 * The two ways out of this process: to an API server, and through it to the web server of one agent. Interfaces only;
 * api-server.ts and transport.ts implement them. A failure to get an answer is a value, a bad status is an answer.
 */
import type {IncomingHttpHeaders} from 'node:http'
import type {Collected, Transport, TransportAttempt} from '../evidence/types.ts'

export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  /** Decompressed, at most `maxBytes`; empty when the body went to `onChunk`. */
  body: Buffer
  durationSeconds: number
}

export interface RequestOptions {
  signal: AbortSignal
  timeoutSeconds: number
  /** A longer body is a failure of reason malformed ("larger than N bytes"), unless it is streamed. */
  maxBytes: number
  headers?: Record<string, string>
  /** Streams the decompressed body of a 2xx answer instead of keeping it; 'enough' ends the request without an error. */
  onChunk?(chunk: Buffer): 'more' | 'enough'
  /** Goes on for as long as it likes (a log that is followed), on a connection beside those that all others share. */
  isLongLived?: boolean
  /** A body that was cut off comes again from its start over another transport; without this a cut stream is a failure. */
  onRestart?(): void
}

/** One API server as one user: a keep-alive connection pool, credentials applied, answers bounded. */
export interface ApiServer {
  /** Of the kubeconfig. */
  contextName: string
  userName: string | null
  /** Without credentials. */
  server: string
  /** The context's default namespace. */
  namespace: string
  /** API server's Date minus our clock, of the last answer; null before the first. */
  clockSkewSeconds(): number | null
  /** GET of an API path; any HTTP status is `ok: true`. */
  get(path: string, options: RequestOptions): Promise<Collected<HttpAnswer>>
  /** GET, and the parsed JSON; 401, 403 (with needs), 404, 5xx and bodies that are not JSON are failures. */
  getJson<T>(path: string, options: Partial<RequestOptions> & {signal: AbortSignal}): Promise<Collected<T>>
  /** The only POST there is: SelfSubjectAccessReview. */
  postJson<T>(
    path: string,
    body: unknown,
    options: Partial<RequestOptions> & {signal: AbortSignal},
  ): Promise<Collected<T>>
  close(): void
}

/** Where one agent listens. */
export interface AgentAddress {
  namespace: string
  pod: string
  port: number
  scheme: 'http' | 'https'
  /** Basic auth of the agent's own web server. */
  credentials: {username: string; password: string} | null
}

/** One agent's web server, over whichever transport works; the choice is remembered per API server. */
export interface AgentConnection {
  /** The transport that answered last; null before the first answer. */
  transport(): Transport | null
  attempts(): TransportAttempt[]
  get(path: string, options: RequestOptions): Promise<Collected<HttpAnswer>>
}
