/**
 * The errors of remote write and what they mean. Rows are tried from the top, answers of the receiver (`server returned HTTP
 * status …`) apart from failures to get one, because a 502's body may well quote "connection refused". Texts are those of Go's
 * net, crypto/tls and net/http, of storage/remote/client.go 2.32 to 3.14, and of the receivers named.
 */
import type {ErrorClass} from './error-classes.ts'

export interface ErrorClassRow {
  class: ErrorClass
  /** The HTTP status this row is about, `'4xx'`-like for all of a kind; null for failures without an answer. */
  status: number | '3xx' | '4xx' | '5xx' | 'any' | null
  /** Tried on the body of the answer, or on the error without `Post "URL": `; null: the status says it all. */
  pattern: RegExp | null
  /** Whether Prometheus sends the batch again; everything else drops it for good. */
  recoverable: boolean | 'with retry_on_http_429'
  /** One sentence. */
  meaning: string
}

/** The first row that fits wins. */
export const ERROR_CLASSES: readonly ErrorClassRow[] = [
  // Answers that mean the same whatever their status.
  {
    class: 'no-tenant',
    status: 'any',
    pattern: /\bno org id\b/i,
    recoverable: false,
    meaning: 'The receiver has several tenants (Mimir, Cortex) and the request names none in X-Scope-OrgID.',
  },
  {
    class: 'receiver-disabled',
    status: 404,
    pattern: /remote write receiver needs to be enabled/i,
    recoverable: false,
    meaning: 'The receiving Prometheus runs without --web.enable-remote-write-receiver.',
  },
  {
    class: 'scheme-mismatch',
    status: 400,
    pattern: /Client sent an HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/i,
    recoverable: false,
    meaning: 'The URL says http:// and the port speaks TLS.',
  },
  {
    class: 'tls-client-certificate',
    status: 400,
    pattern: /No required SSL certificate was sent|SSL certificate error/i,
    recoverable: false,
    meaning: 'The receiver wants a client certificate that it trusts, and got none.',
  },
  // Samples that the receiver will not take: Prometheus, then Mimir and Cortex, Thanos Receive.
  {
    class: 'future',
    status: 'any',
    pattern: /too far in the future|err-mimir-too-far-in-future|timestamp too new/i,
    recoverable: false,
    meaning: 'Samples are dated more than ten minutes ahead of the receiver: a clock is wrong.',
  },
  {
    class: 'too-old',
    status: 'any',
    pattern: /too old sample|err-mimir-sample-timestamp-too-old|timestamp too old/i,
    recoverable: false,
    meaning: 'Samples are older than the out-of-order window of the receiver.',
  },
  {
    class: 'out-of-bounds',
    status: 'any',
    pattern: /out of bounds/i,
    recoverable: false,
    meaning: 'Samples are older than the receiver accepts, for a plain Prometheus about one hour behind its newest.',
  },
  {
    class: 'duplicate-sample',
    status: 'any',
    pattern: /duplicate sample for timestamp|err-mimir-sample-duplicate-timestamp|new value for duplicate/i,
    recoverable: false,
    meaning: 'The receiver holds another value for the same series and time: two writers use the same labels.',
  },
  {
    class: 'out-of-order',
    status: 'any',
    pattern: /out[- ]of[- ]order/i,
    recoverable: false,
    meaning:
      'The receiver holds newer samples of the same series: two writers use the same labels, or data comes late.',
  },
  {
    class: 'label-not-unique',
    status: 'any',
    pattern: /label name .{0,200} is not unique|err-mimir-duplicate-label-names/i,
    recoverable: true,
    meaning:
      'A series carries one label twice; receivers up to 2.54 answer 500, so that the batch is retried for ever.',
  },
  {
    class: 'series-limit',
    status: 'any',
    pattern: /err-mimir-max-(?:active-)?series|per-(?:user|metric|tenant) series limit|series limit .{0,40}exceeded/i,
    recoverable: false,
    meaning: 'The tenant has as many series as the receiver allows; new ones are refused.',
  },
  {
    class: 'rate-limited',
    status: 429,
    pattern: null,
    recoverable: 'with retry_on_http_429',
    meaning: 'The receiver limits the rate; without retry_on_http_429 each refused batch is lost.',
  },
  {
    class: 'rate-limited',
    status: 'any',
    pattern: /ingestion rate limit|err-mimir-(?:tenant-max-(?:ingestion|request)-rate|ingester-max)/i,
    recoverable: true,
    meaning: 'The receiver limits the rate.',
  },
  {
    class: 'invalid-series',
    status: 400,
    pattern:
      /err-mimir-(?:max-label|label-|metric-name|missing-metric-name)|label (?:name|value) too long|max(?:imum)? (?:number of )?label|invalid (?:label|metric) name/i,
    recoverable: false,
    meaning: 'The receiver refuses the names, the length or the number of some labels.',
  },
  {
    class: 'wrong-path',
    status: 400,
    pattern: /unsupported path requested/i,
    recoverable: false,
    meaning: 'The receiver (VictoriaMetrics) knows no such path.',
  },
  {
    class: 'html-bad-request',
    status: 400,
    pattern: /^\s*<(?:!doctype|html)/i,
    recoverable: false,
    meaning:
      'A web server or proxy, not the receiver, refused the request; with http:// in the URL it usually expects TLS.',
  },
  {
    class: 'unauthorized',
    status: 401,
    pattern: null,
    recoverable: false,
    meaning: 'The receiver wants credentials, or does not accept those it got.',
  },
  {
    class: 'forbidden',
    status: 403,
    pattern: null,
    recoverable: false,
    meaning: 'The credentials are known but may not write here, or a rule in front of the receiver refuses the sender.',
  },
  {
    class: 'wrong-path',
    status: 404,
    pattern: null,
    recoverable: false,
    meaning: 'Nothing answers at this path: it is not the receiver, or its route prefix is missing.',
  },
  {
    class: 'method-not-allowed',
    status: 405,
    pattern: null,
    recoverable: false,
    meaning: 'The path exists but takes no writes, or a followed redirect turned the POST into a GET.',
  },
  {
    class: 'proxy',
    status: 407,
    pattern: null,
    recoverable: false,
    meaning: 'The proxy on the way wants credentials.',
  },
  {
    class: 'conflict',
    status: 409,
    pattern: null,
    recoverable: false,
    meaning: 'Thanos Receive holds other samples for the same series and time.',
  },
  {
    class: 'payload-too-large',
    status: 413,
    pattern: null,
    recoverable: false,
    meaning: 'A batch exceeds the size that the receiver, or the proxy in front of it, allows.',
  },
  {
    class: 'unsupported-protocol',
    status: 415,
    pattern: null,
    recoverable: false,
    meaning: 'The receiver does not know this remote-write protocol, or a proxy changed the headers.',
  },
  {
    class: 'redirected',
    status: '3xx',
    pattern: null,
    recoverable: false,
    meaning: 'The address answers with a redirect: scheme, host or path of the URL is not the final one.',
  },
  {
    class: 'bad-request',
    status: '4xx',
    pattern: null,
    recoverable: false,
    meaning: 'The receiver refuses the request; its words say why.',
  },
  {
    class: 'bad-gateway',
    status: 502,
    pattern: null,
    recoverable: true,
    meaning: 'A proxy in front of the receiver cannot reach it.',
  },
  {
    class: 'unavailable',
    status: 503,
    pattern: null,
    recoverable: true,
    meaning: 'The receiver is starting, overloaded or without a quorum, or a proxy has no receiver behind it.',
  },
  {
    class: 'gateway-timeout',
    status: 504,
    pattern: null,
    recoverable: true,
    meaning: 'A proxy in front of the receiver got no answer from it in time.',
  },
  {
    class: 'server-error',
    status: '5xx',
    pattern: null,
    recoverable: true,
    meaning: 'The receiver itself fails; its words say why.',
  },
  // No answer.
  {
    class: 'unsupported-protocol',
    status: null,
    pattern: /response header statistics indicate/i,
    recoverable: false,
    meaning: 'The receiver answered 2xx without having written anything: it does not know remote write 2.0.',
  },
  {
    class: 'proxy',
    status: null,
    pattern:
      /proxyconnect|socks connect|^(?:Proxy Authentication Required|Forbidden|Bad Gateway|Service Unavailable|Gateway Time-?out|Method Not Allowed|Not Found|Internal Server Error)$/i,
    recoverable: true,
    meaning: 'The proxy on the way cannot be reached, or refuses to connect to the receiver.',
  },
  {
    class: 'name-not-resolved',
    status: null,
    pattern: /\blookup \S+|no such host|server misbehaving|temporary failure in name resolution/i,
    recoverable: true,
    meaning: 'The name of the receiver does not resolve in the cluster of the agent.',
  },
  {
    class: 'tls-name-mismatch',
    status: null,
    pattern:
      /certificate is valid for|not valid for any names|doesn't contain any IP SANs|relies on legacy Common Name|tls: unrecognized name/i,
    recoverable: true,
    meaning: 'The certificate of the receiver is for other names than the one in the URL.',
  },
  {
    class: 'tls-expired',
    status: null,
    pattern: /certificate has expired or is not yet valid/i,
    recoverable: true,
    meaning: 'The certificate of the receiver has expired or is not yet valid, or the clock of the agent is wrong.',
  },
  {
    class: 'credentials-unreadable',
    status: null,
    pattern:
      /unable to (?:read|load|use) (?:the )?(?:specified|authorization|basic auth|bearer|inline|CA|client|oauth|headers?)|(?:^|: )open \S+: (?:no such file|permission denied)/i,
    recoverable: true,
    meaning: 'A file with credentials or certificates that the configuration names cannot be read by the agent.',
  },
  {
    class: 'tls-untrusted',
    status: null,
    pattern: /certificate signed by unknown authority|certificate is not trusted|self[- ]signed certificate|x509: /i,
    recoverable: true,
    meaning: 'The certificate of the receiver is signed by an authority that the agent does not know.',
  },
  {
    class: 'tls-client-certificate',
    status: null,
    pattern:
      /remote error: tls: (?:certificate required|bad certificate|handshake failure|unknown certificate|unknown ca|certificate unknown|expired certificate|revoked certificate|unsupported certificate)/i,
    recoverable: true,
    meaning: 'The receiver wants a client certificate that it trusts, and got none.',
  },
  {
    class: 'scheme-mismatch',
    status: null,
    pattern:
      /server gave HTTP response to HTTPS client|does not look like a TLS handshake|malformed HTTP response "\\+x15/i,
    recoverable: true,
    meaning: 'The scheme of the URL and the port do not fit: one speaks TLS and the other does not.',
  },
  {
    class: 'tls-failed',
    status: null,
    pattern: /\btls: /i,
    recoverable: true,
    meaning: 'The two sides cannot agree on a TLS connection.',
  },
  {
    class: 'refused',
    status: null,
    pattern: /connection refused/i,
    recoverable: true,
    meaning: 'Nothing listens at that address and port.',
  },
  {
    class: 'no-route',
    status: null,
    pattern:
      /no route to host|network is unreachable|host is (?:down|unreachable)|connect: (?:permission denied|operation not permitted)/i,
    recoverable: true,
    meaning: 'There is no way to that address from the node of the agent, or a policy forbids it.',
  },
  {
    class: 'unreachable',
    status: null,
    pattern:
      /dial (?:tcp|udp)\S* .{0,300}(?:i\/o timeout|connection timed out|operation timed out|context deadline exceeded)|cannot assign requested address/i,
    recoverable: true,
    meaning: 'Connecting takes too long: a firewall, a route or a dead address in between swallows the packets.',
  },
  {
    class: 'timed-out',
    status: null,
    pattern:
      /context deadline exceeded|Client\.Timeout|i\/o timeout|timeout awaiting response|TLS handshake timeout|connection timed out/i,
    recoverable: true,
    meaning:
      'No answer within remote_timeout: the receiver is slow, or packets are lost on the way; the error alone cannot tell.',
  },
  {
    class: 'redirected',
    status: null,
    pattern: /stopped after \d+ redirects/i,
    recoverable: true,
    meaning: 'The address answers with redirects that lead nowhere.',
  },
  {
    class: 'unauthorized',
    status: null,
    pattern: /oauth2: |cannot fetch token|failed to (?:get|retrieve) credentials|NoCredentialProviders/i,
    recoverable: true,
    meaning: 'The agent gets no token or credentials for the receiver.',
  },
  {
    class: 'connection-reset',
    status: null,
    pattern:
      /\bEOF\b|connection reset by peer|broken pipe|GOAWAY|http2: |use of closed network connection|server closed idle connection|transport connection broken/i,
    recoverable: true,
    meaning: 'The connection was cut while in use: the receiver or a load balancer restarted or closed it.',
  },
  {
    class: 'invalid-url',
    status: null,
    pattern: /unsupported protocol scheme|no Host in request URL|invalid URL|first path segment in URL/i,
    recoverable: true,
    meaning: 'The URL in the configuration cannot be used.',
  },
  {
    class: 'cancelled',
    status: null,
    pattern: /context canceled|operation was canceled/i,
    recoverable: true,
    meaning: 'The agent itself gave up the request because the queue was stopping: a reload or an exit.',
  },
]
