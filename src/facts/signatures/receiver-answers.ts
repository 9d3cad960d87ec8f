/**
 * Answers of a receiver other than 2xx (`server returned HTTP status …`, storage/remote/client.go 2.32 to 3.14), and what they
 * mean. Rows are tried from the top. Bodies are those of Prometheus, Mimir, Cortex, Thanos Receive, VictoriaMetrics and nginx.
 */
import type {SendErrorSignature} from './signature.ts'

const LOST = 'Refused samples are gone for good.'

/** The first row that fits wins. */
export const RECEIVER_ANSWERS: readonly SendErrorSignature[] = [
  // Answers that mean the same whatever their status.
  {
    ...{name: 'no-tenant', class: 'no-tenant', status: 'any', pattern: /\bno org id\b/i, recoverable: false},
    ...{severity: 'error', cause: 'receiver/no-tenant', versions: null},
    title: 'the request names no tenant',
    meaning: 'The receiver has several tenants (Mimir, Cortex) and the request names none in X-Scope-OrgID.',
    remedy:
      'add the header X-Scope-OrgID to remote_write of the agent, or let the gateway in front of the receiver set it',
  },
  {
    ...{name: 'receiver-disabled', class: 'receiver-disabled', status: 404, recoverable: false},
    pattern: /remote write receiver needs to be enabled/i,
    ...{severity: 'error', cause: 'receiver/disabled', versions: null},
    title: '404, the receiver is off',
    meaning: 'The receiving Prometheus runs without --web.enable-remote-write-receiver.',
    remedy: 'set enableRemoteWriteReceiver: true on the central; the agent needs no restart',
  },
  {
    ...{name: 'http-to-tls-port', class: 'scheme-mismatch', status: 400, recoverable: false},
    pattern: /Client sent an HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/i,
    ...{severity: 'error', cause: 'receiver/scheme-mismatch', versions: null},
    title: '400, http:// to a port that speaks TLS',
    meaning: 'The URL says http:// and the port speaks TLS.',
    remedy: 'write https:// in the URL of remote_write, and do not send credentials there before you have',
  },
  {
    ...{name: 'client-certificate-asked', class: 'tls-client-certificate', status: 400, recoverable: false},
    pattern: /No required SSL certificate was sent|SSL certificate error/i,
    ...{severity: 'error', cause: 'receiver/tls-client-certificate', versions: null},
    title: '400, a client certificate is missing',
    meaning: 'The receiver wants a client certificate that it trusts, and got none.',
    remedy: 'give the agent a certificate of the authority that the receiver trusts, in tls_config of remote_write',
  },
  // Samples that the receiver will not take: Prometheus, then Mimir and Cortex, Thanos Receive.
  {
    ...{name: 'sample-in-future', class: 'future', status: 'any', recoverable: false},
    pattern: /too far in the future|err-mimir-too-far-in-future|timestamp too new/i,
    ...{severity: 'error', cause: 'receiver/out-of-bounds', versions: 'receivers from 2.54 on'},
    title: 'samples dated in the future',
    meaning: 'Samples are dated more than ten minutes ahead of the receiver: a clock is wrong.',
    remedy: 'set the clocks right (NTP) of the agent, its targets with timestamps of their own, and the receiver',
  },
  {
    ...{name: 'sample-too-old', class: 'too-old', status: 'any', recoverable: false},
    pattern: /too old sample|err-mimir-sample-timestamp-too-old|timestamp too old/i,
    ...{severity: 'error', cause: 'receiver/out-of-bounds', versions: null},
    title: 'samples older than the out-of-order window',
    meaning: 'Samples are older than the out-of-order window of the receiver.',
    remedy:
      'widen the out-of-order window of the receiver beyond the lag; a restart of the agent would only lose what waits',
  },
  {
    ...{name: 'out-of-bounds', class: 'out-of-bounds', status: 'any', pattern: /out of bounds/i, recoverable: false},
    ...{severity: 'error', cause: 'receiver/out-of-bounds', versions: null},
    title: 'samples older than the receiver takes',
    meaning: 'Samples are older than the receiver accepts, for a plain Prometheus about one hour behind its newest.',
    remedy:
      'set storage.tsdb.out_of_order_time_window at the central beyond the lag; do not restart the agent meanwhile',
  },
  {
    ...{name: 'duplicate-sample', class: 'duplicate-sample', status: 'any', recoverable: false},
    pattern: /duplicate sample for timestamp|err-mimir-sample-duplicate-timestamp|new value for duplicate/i,
    ...{severity: 'error', cause: 'receiver/duplicate-samples', versions: null},
    title: 'another value for the same series and time',
    meaning: 'The receiver holds another value for the same series and time: two writers use the same labels.',
    remedy: 'give each agent external labels of its own (cluster, replica); do not delete data at the receiver',
  },
  {
    ...{name: 'out-of-order', class: 'out-of-order', status: 'any', pattern: /out[- ]of[- ]order/i, recoverable: false},
    ...{severity: 'error', cause: 'receiver/out-of-order', versions: null},
    title: 'the receiver holds newer samples of the series',
    meaning:
      'The receiver holds newer samples of the same series: two writers use the same labels, or data comes late.',
    remedy:
      'look for a second writer with the same external labels first, then open an out-of-order window at the receiver',
  },
  {
    ...{name: 'label-not-unique', class: 'label-not-unique', status: 'any', recoverable: true},
    pattern: /label name .{0,200} is not unique|err-mimir-duplicate-label-names/i,
    ...{severity: 'error', cause: 'receiver/failing', versions: 'receivers up to 2.54 answer 500'},
    title: 'a series carries one label twice',
    meaning:
      'A series carries one label twice; receivers up to 2.54 answer 500, so that the batch is retried for ever.',
    remedy: 'find the target that exposes the label twice and drop it by metric relabelling, or upgrade the receiver',
  },
  {
    ...{name: 'series-limit', class: 'series-limit', status: 'any', recoverable: false},
    pattern: /err-mimir-max-(?:active-)?series|per-(?:user|metric|tenant) series limit|series limit .{0,40}exceeded/i,
    ...{severity: 'error', cause: 'receiver/series-limit', versions: null},
    title: 'the tenant has as many series as it may',
    meaning: 'The tenant has as many series as the receiver allows; new ones are refused.',
    remedy: 'raise the limit of the tenant, or drop the series that grew by metric relabelling at the agent',
  },
  {
    ...{name: 'rate-limited', class: 'rate-limited', status: 429, pattern: null, recoverable: 'with retry_on_http_429'},
    ...{severity: 'error', cause: 'receiver/rate-limited', versions: null},
    title: '429, the receiver limits the rate',
    meaning: 'The receiver limits the rate; without retry_on_http_429 each refused batch is lost.',
    remedy: 'raise the limit at the receiver and set retry_on_http_429; do not raise max_shards',
  },
  {
    ...{name: 'ingestion-rate-limit', class: 'rate-limited', status: 'any', recoverable: true},
    pattern: /ingestion rate limit|err-mimir-(?:tenant-max-(?:ingestion|request)-rate|ingester-max)/i,
    ...{severity: 'error', cause: 'receiver/rate-limited', versions: null},
    title: 'the receiver limits the rate',
    meaning: 'The receiver limits the rate.',
    remedy: 'raise the limit at the receiver; do not raise max_shards',
  },
  {
    ...{name: 'invalid-series', class: 'invalid-series', status: 400, recoverable: false},
    pattern:
      /err-mimir-(?:max-label|label-|metric-name|missing-metric-name)|label (?:name|value) too long|max(?:imum)? (?:number of )?label|invalid (?:label|metric) name/i,
    ...{severity: 'error', cause: 'delivery/rejected', versions: null},
    title: 'labels that the receiver does not take',
    meaning: 'The receiver refuses the names, the length or the number of some labels.',
    remedy: 'drop or shorten the labels that it names by metric relabelling; one bad series costs its whole batch',
  },
  {
    ...{name: 'victoriametrics-wrong-path', class: 'wrong-path', status: 400, recoverable: false},
    pattern: /unsupported path requested/i,
    ...{severity: 'error', cause: 'receiver/wrong-path', versions: null},
    title: '400, no such path',
    meaning: 'The receiver (VictoriaMetrics) knows no such path.',
    remedy: 'write /api/v1/write, in a cluster /insert/TENANT/prometheus/api/v1/write, in the URL of remote_write',
  },
  {
    ...{name: 'bad-request-of-a-web-server', class: 'html-bad-request', status: 400, recoverable: false},
    pattern: /^\s*<(?:!doctype|html)/i,
    ...{severity: 'error', cause: 'receiver/scheme-mismatch', versions: null},
    title: '400 from a web server, not from a receiver',
    meaning:
      'A web server or proxy, not the receiver, refused the request; with http:// in the URL it usually expects TLS.',
    remedy: 'check scheme and port of the URL in remote_write',
  },
  {
    ...{name: 'unauthorized', class: 'unauthorized', status: 401, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/unauthorized', versions: null},
    title: '401, credentials missing or not accepted',
    meaning: 'The receiver wants credentials, or does not accept those it got.',
    remedy:
      'compare the credentials in remote_write with those that the receiver knows; a password file is read again without a reload',
  },
  {
    ...{name: 'forbidden', class: 'forbidden', status: 403, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/forbidden', versions: null},
    title: '403, not allowed to write',
    meaning: 'The credentials are known but may not write here, or a rule in front of the receiver refuses the sender.',
    remedy: 'grant the user or role the right to write, or look at the access list of the proxy in front',
  },
  {
    ...{name: 'wrong-path', class: 'wrong-path', status: 404, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/wrong-path', versions: null},
    title: '404, no receiver at this path',
    meaning: 'Nothing answers at this path: it is not the receiver, or its route prefix is missing.',
    remedy:
      'correct the path in remote_write (Prometheus: /api/v1/write after the route prefix); do not test it with a GET',
  },
  {
    ...{name: 'method-not-allowed', class: 'method-not-allowed', status: 405, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/wrong-path', versions: null},
    title: '405, the path takes no writes',
    meaning: 'The path exists but takes no writes, or a followed redirect turned the POST into a GET.',
    remedy: 'correct the path in remote_write, or write the address that the redirect leads to',
  },
  {
    ...{name: 'proxy-wants-credentials', class: 'proxy', status: 407, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/proxy', versions: null},
    title: '407, the proxy wants credentials',
    meaning: 'The proxy on the way wants credentials.',
    remedy: 'give them in proxy_url of remote_write, or except the receiver from the proxy (no_proxy)',
  },
  {
    ...{name: 'conflict', class: 'conflict', status: 409, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/out-of-order', versions: null},
    title: '409, other samples are there already',
    meaning: 'Thanos Receive holds other samples for the same series and time.',
    remedy: 'look for a second writer with the same external labels',
  },
  {
    ...{name: 'payload-too-large', class: 'payload-too-large', status: 413, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/payload-too-large', versions: null},
    title: '413, the batch is too large',
    meaning: 'A batch exceeds the size that the receiver, or the proxy in front of it, allows.',
    remedy:
      'raise the body limit of the proxy (nginx: client_max_body_size, 1 MiB by default), or lower max_samples_per_send',
  },
  {
    ...{name: 'unsupported-protocol', class: 'unsupported-protocol', status: 415, pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/unsupported-protocol', versions: null},
    title: '415, this protocol is not taken',
    meaning: 'The receiver does not know this remote-write protocol, or a proxy changed the headers.',
    remedy: 'set protobuf_message back to prometheus.WriteRequest in remote_write',
  },
  {
    ...{name: 'redirected', class: 'redirected', status: '3xx', pattern: null, recoverable: false},
    ...{severity: 'error', cause: 'receiver/redirected', versions: null},
    title: 'a redirect in place of a receiver',
    meaning: 'The address answers with a redirect: scheme, host or path of the URL is not the final one.',
    remedy: 'write the final address in remote_write',
  },
  {
    ...{name: 'refused-request', class: 'bad-request', status: '4xx', pattern: null, recoverable: false, apart: true},
    ...{severity: 'error', cause: 'delivery/rejected', versions: null},
    title: 'the receiver refuses the request',
    meaning: 'The receiver refuses the request; its words say why.',
    remedy: `read the answer: it is the receiver that gives the reason. ${LOST}`,
  },
  {
    ...{name: 'bad-gateway', class: 'bad-gateway', status: 502, pattern: null, recoverable: true},
    ...{severity: 'error', cause: 'receiver/proxy', versions: null},
    title: '502, a proxy cannot reach the receiver',
    meaning: 'A proxy in front of the receiver cannot reach it.',
    remedy: 'look at the receiver behind the proxy; do not restart the agent, it keeps and sends what waits',
  },
  {
    ...{name: 'unavailable', class: 'unavailable', status: 503, pattern: null, recoverable: true},
    ...{severity: 'error', cause: 'receiver/failing', versions: null},
    title: '503, the receiver is not available',
    meaning: 'The receiver is starting, overloaded or without a quorum, or a proxy has no receiver behind it.',
    remedy: 'look at the receiver; do not restart the agent, it keeps and sends what waits',
  },
  {
    ...{name: 'gateway-timeout', class: 'gateway-timeout', status: 504, pattern: null, recoverable: true},
    ...{severity: 'error', cause: 'receiver/proxy', versions: null},
    title: '504, the receiver does not answer the proxy',
    meaning: 'A proxy in front of the receiver got no answer from it in time.',
    remedy: 'look at the receiver behind the proxy; do not restart the agent, it keeps and sends what waits',
  },
  {
    ...{name: 'server-error', class: 'server-error', status: '5xx', pattern: null, recoverable: true, apart: true},
    ...{severity: 'error', cause: 'receiver/failing', versions: null},
    title: 'the receiver itself fails',
    meaning: 'The receiver itself fails; its words say why.',
    remedy: 'look at the log of the receiver; do not restart the agent, it keeps and sends what waits',
  },
]
