/** What one kind of log line is known by, and what it means to the person on call. Types only; the tables beside it hold the data. */
import type {LogLevel} from '../line.ts'

/** How much a line matters: error, warning and info as in the checks; ordinary lines are part of healthy work. */
type SignatureSeverity = 'error' | 'warning' | 'info' | 'ordinary'

interface SignatureWords {
  /** Unique; also the name of its samples in test/fixtures/signatures. */
  name: string
  severity: SignatureSeverity
  /** The check that judges it; null where none does. */
  cause: string | null
  /** A few words, for the line that leads. */
  title: string
  /** One sentence. */
  meaning: string
  /** One sentence: what to do, and what not to where that matters. Null where there is nothing to do. */
  remedy: string | null
  /** Releases that print it; null: all from 2.32 on. */
  versions: string | null
  /** The words of the line matter beyond the signature, so lines of different shapes are shown apart. */
  apart?: true
}

/** What a remote-write error says went wrong. */
export type ErrorClass =
  | 'name-not-resolved'
  | 'refused'
  | 'unreachable'
  | 'no-route'
  | 'timed-out'
  | 'connection-reset'
  | 'tls-untrusted'
  | 'tls-name-mismatch'
  | 'tls-expired'
  | 'tls-client-certificate'
  | 'tls-failed'
  | 'scheme-mismatch'
  | 'proxy'
  | 'redirected'
  | 'unauthorized'
  | 'no-tenant'
  | 'forbidden'
  | 'receiver-disabled'
  | 'wrong-path'
  | 'method-not-allowed'
  | 'payload-too-large'
  | 'unsupported-protocol'
  | 'rate-limited'
  | 'out-of-order'
  | 'duplicate-sample'
  | 'out-of-bounds'
  | 'too-old'
  | 'future'
  | 'series-limit'
  | 'invalid-series'
  | 'label-not-unique'
  | 'histograms-disabled'
  | 'conflict'
  | 'html-bad-request'
  | 'bad-request'
  | 'server-error'
  | 'bad-gateway'
  | 'unavailable'
  | 'gateway-timeout'
  | 'credentials-unreadable'
  | 'no-token'
  | 'invalid-url'
  | 'cancelled'
  | 'unknown'

/** An `err` of remote write, after "Failed to send batch, retrying" or "non-recoverable error". */
export interface SendErrorSignature extends SignatureWords {
  class: ErrorClass
  /** The HTTP status this row is about, `'4xx'`-like for all of a kind; null for failures without an answer. */
  status: number | '3xx' | '4xx' | '5xx' | 'any' | null
  /** Tried on the body of the answer, or on the error without `Post "URL": `; null: the status says it all. */
  pattern: RegExp | null
  /** Whether Prometheus sends the batch again; everything else drops it for good. */
  recoverable: boolean | 'with retry_on_http_429'
}

/** Any other line, known by its message. */
export interface MessageSignature extends SignatureWords {
  /** As the line says it, in any release. */
  level: LogLevel
  message: RegExp
  /** Must fit `err`, or the message where a line has none. */
  error?: RegExp
  /** Must fit the whole line. */
  line?: RegExp
}

export type Signature = SendErrorSignature | MessageSignature
