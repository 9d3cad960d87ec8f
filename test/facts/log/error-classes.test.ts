import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {classifyError, errorStatus, sendErrorSignature} from '../../../src/facts/log/error-classes.ts'
import {parseLogLine} from '../../../src/facts/log/line.ts'
import type {ErrorClass} from '../../../src/facts/log/signatures/signature.ts'

/** `err` of lines that agents printed, and of public reports where no agent of ours can be brought to it. */
const TEXTS: [ErrorClass, string][] = [
  ['refused', 'Post "http://127.0.0.1:19499/api/v1/write": dial tcp 127.0.0.1:19499: connect: connection refused'],
  ['refused', 'Post "https://lookup.example/api/v1/write": dial tcp [fd00::1]:443: connect: connection refused'],
  [
    'name-not-resolved',
    'Post "http://central.invalid:9090/w": dial tcp: lookup central.invalid on 10.96.0.10:53: no such host',
  ],
  ['name-not-resolved', 'Post "http://central:9090/w": dial tcp: lookup central on 10.96.0.10:53: server misbehaving'],
  [
    'name-not-resolved',
    'Post "http://central/w": dial tcp: lookup central on 10.96.0.10:53: read udp 10.0.0.4:39213->10.96.0.10:53: i/o timeout',
  ],
  [
    'name-not-resolved',
    'Post "http://central/w": dial tcp: lookup central on 127.0.0.1:53: read udp 127.0.0.1:5->127.0.0.1:53: read: connection refused',
  ],
  ['name-not-resolved', 'dial tcp: lookup central: Temporary failure in name resolution'],
  ['unreachable', 'Post "http://10.255.255.1/w": dial tcp 10.255.255.1:80: i/o timeout'],
  ['unreachable', 'Post "http://10.255.255.1/w": dial tcp 10.255.255.1:80: connect: connection timed out'],
  ['no-route', 'Post "http://10.255.255.1/w": dial tcp 10.255.255.1:80: connect: no route to host'],
  ['no-route', 'Post "http://10.255.255.1/w": dial tcp 10.255.255.1:80: connect: network is unreachable'],
  ['timed-out', 'Post "http://central/w": context deadline exceeded'],
  ['timed-out', 'Post "http://central/w": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'],
  ['timed-out', 'Post "https://central/w": net/http: TLS handshake timeout'],
  ['timed-out', 'Post "http://central/w": read tcp 10.0.0.4:5123->10.0.0.9:80: i/o timeout'],
  ['connection-reset', 'Post "http://central/w": EOF'],
  ['connection-reset', 'Post "http://central/w": unexpected EOF'],
  ['connection-reset', 'Post "http://central/w": read tcp 10.0.0.4:5123->10.0.0.9:80: read: connection reset by peer'],
  [
    'connection-reset',
    'Post "https://central/w": http2: server sent GOAWAY and closed the connection; LastStreamID=1999',
  ],
  ['tls-untrusted', 'Post "https://central/w": x509: certificate signed by unknown authority'],
  [
    'tls-untrusted',
    'Post "https://central/w": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  ['tls-name-mismatch', 'Post "https://central/w": x509: certificate is valid for a.example, not central'],
  [
    'tls-name-mismatch',
    'Post "https://10.0.0.1/w": x509: cannot validate certificate for 10.0.0.1 because it doesn\'t contain any IP SANs',
  ],
  [
    'tls-expired',
    'Post "https://central/w": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-23T03:18:46Z is after 2026-01-01T00:00:00Z',
  ],
  ['tls-client-certificate', 'Post "https://central/w": remote error: tls: certificate required'],
  ['tls-client-certificate', 'Post "https://central/w": remote error: tls: bad certificate'],
  ['tls-client-certificate', 'Post "https://central/w": remote error: tls: handshake failure'],
  [
    'tls-client-certificate',
    'server returned HTTP status 400 Bad Request: <center>No required SSL certificate was sent</center>',
  ],
  [
    'no-token',
    'Post "http://central/w": Post "http://idp.example/token": dial tcp: lookup idp.example on 10.96.0.10:53: no such host',
  ],
  [
    'no-token',
    'Post "http://central/w": Post "http://127.0.0.1:1/token": dial tcp 127.0.0.1:1: connect: connection refused',
  ],
  ['no-token', 'Post "http://central/w": oauth2: cannot fetch token: 401 Unauthorized'],
  ['tls-failed', 'Post "https://central/w": remote error: tls: protocol version not supported'],
  ['scheme-mismatch', 'Post "https://central:9090/w": http: server gave HTTP response to HTTPS client'],
  [
    'scheme-mismatch',
    'Post "http://central:443/w": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02"',
  ],
  ['scheme-mismatch', 'server returned HTTP status 400 Bad Request: Client sent an HTTP request to an HTTPS server.'],
  [
    'scheme-mismatch',
    'server returned HTTP status 400 Bad Request: <html>\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>',
  ],
  ['html-bad-request', 'server returned HTTP status 400 Bad Request: <html>'],
  ['proxy', 'Post "https://central/w": proxyconnect tcp: dial tcp: lookup proxy on 10.96.0.10:53: no such host'],
  ['proxy', 'Post "https://central/w": Proxy Authentication Required'],
  ['proxy', 'server returned HTTP status 407 Proxy Authentication Required: '],
  ['redirected', 'Post "http://central/w": stopped after 10 redirects'],
  ['redirected', 'server returned HTTP status 301 Moved Permanently: <html>'],
  ['redirected', 'server returned HTTP status 308 Permanent Redirect: '],
  ['unauthorized', 'server returned HTTP status 401 Unauthorized: Unauthorized'],
  ['unauthorized', 'server returned HTTP status 401 Unauthorized: <html>'],
  ['no-tenant', 'server returned HTTP status 401 Unauthorized: no org id'],
  ['forbidden', 'server returned HTTP status 403 Forbidden: {"Message":"Missing Authentication Token"}'],
  [
    'receiver-disabled',
    'server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --enable-feature=remote-write-receiver',
  ],
  [
    'receiver-disabled',
    'server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n',
  ],
  ['wrong-path', 'server returned HTTP status 404 Not Found: 404 page not found'],
  ['wrong-path', 'server returned HTTP status 404 Not Found: <html>'],
  ['wrong-path', 'server returned HTTP status 400 Bad Request: unsupported path requested: "/api/v2/write"'],
  ['method-not-allowed', 'server returned HTTP status 405 Method Not Allowed: Method Not Allowed'],
  ['conflict', 'server returned HTTP status 409 Conflict: conflict'],
  [
    'out-of-order',
    'server returned HTTP status 409 Conflict: store locally for endpoint 127.0.0.1:10901: add 500 samples: out of order sample',
  ],
  ['payload-too-large', 'server returned HTTP status 413 Request Entity Too Large: <html>'],
  [
    'unsupported-protocol',
    'server returned HTTP status 415 Unsupported Media Type: io.prometheus.write.v2.Request protobuf message is not accepted by this server; only accepts prometheus.WriteRequest',
  ],
  [
    'unsupported-protocol',
    'sent v2 request with 4 samples, 0 histograms and 0 exemplars; got 2xx, but PRW 2.0 response header statistics indicate 0 samples, 0 histograms and 0 exemplars were accepted',
  ],
  [
    'rate-limited',
    'server returned HTTP status 429 Too Many Requests: ingestion rate limit (10000) exceeded while adding 2000 samples',
  ],
  [
    'rate-limited',
    'server returned HTTP status 429 Too Many Requests: the request has been rejected because the tenant exceeded the ingestion rate limit, set to 10000 items/s (err-mimir-tenant-max-ingestion-rate)',
  ],
  ['out-of-order', 'server returned HTTP status 400 Bad Request: out of order sample'],
  [
    'out-of-order',
    'server returned HTTP status 400 Bad Request: failed pushing to ingester: user=a: the sample has been rejected because another sample with a more recent timestamp has already been ingested (err-mimir-sample-out-of-order)',
  ],
  ['out-of-bounds', 'server returned HTTP status 400 Bad Request: out of bounds'],
  ['future', 'server returned HTTP status 400 Bad Request: out of bounds: timestamp is too far in the future'],
  ['too-old', 'server returned HTTP status 400 Bad Request: too old sample'],
  [
    'too-old',
    'server returned HTTP status 400 Bad Request: the sample has been rejected because its timestamp is too old (err-mimir-sample-timestamp-too-old)',
  ],
  ['duplicate-sample', 'server returned HTTP status 400 Bad Request: duplicate sample for timestamp'],
  [
    'duplicate-sample',
    'server returned HTTP status 400 Bad Request: duplicate sample for timestamp 1795403922054; overrides not allowed: existing 0.000586614, new value 0.000608729',
  ],
  [
    'label-not-unique',
    'server returned HTTP status 500 Internal Server Error: label name "x" is not unique: invalid sample',
  ],
  ['histograms-disabled', 'server returned HTTP status 500 Internal Server Error: native histograms are disabled\n'],
  [
    'series-limit',
    'server returned HTTP status 400 Bad Request: per-user series limit of 150000 exceeded, please contact administrator to raise it (err-mimir-max-series-per-user)',
  ],
  [
    'invalid-series',
    'server returned HTTP status 400 Bad Request: received a series whose number of labels exceeds the limit (err-mimir-max-label-names-per-series)',
  ],
  ['bad-request', 'server returned HTTP status 400 Bad Request: snappy: corrupt input'],
  ['bad-request', 'server returned HTTP status 422 Unprocessable Entity: no'],
  ['server-error', 'server returned HTTP status 500 Internal Server Error: write /data/wal: no space left on device'],
  ['bad-gateway', 'server returned HTTP status 502 Bad Gateway: dial tcp 10.0.0.9:9090: connect: connection refused'],
  ['unavailable', 'server returned HTTP status 503 Service Unavailable: Service Unavailable'],
  [
    'unavailable',
    'server returned HTTP status 503 Service Unavailable: 2 errors: forwarding request to endpoint: context deadline exceeded',
  ],
  ['gateway-timeout', 'server returned HTTP status 504 Gateway Timeout: <html>'],
  [
    'credentials-unreadable',
    'Post "https://central/w": unable to read authorization credentials file /etc/token: open /etc/token: no such file or directory',
  ],
  ['invalid-url', 'Post "central/w": unsupported protocol scheme ""'],
  ['cancelled', 'Post "http://central/w": context canceled'],
  ['unknown', 'something never seen before'],
  ['unknown', ''],
]

describe('the text of a remote-write error', () => {
  it.each(TEXTS)('means %s: %s', (expected, text) => {
    expect(classifyError(text)).toBe(expected)
  })

  it('is never mistaken because of words in the URL', () => {
    expect(
      classifyError(
        'Post "http://no-such-host.example/x509: /lookup a/401": dial tcp 10.0.0.1:80: connect: connection refused',
      ),
    ).toBe('refused')
  })

  it('means the same in every format that an agent logs it in', () => {
    const lines = [
      'ts=2026-11-23T03:18:46.355Z caller=dedupe.go:112 component=remote level=error remote_name=335903 url=http://h/w msg="non-recoverable error" count=2 exemplarCount=0 err="server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver"',
      'time=2026-11-23T03:18:46.338Z level=ERROR source=queue_manager.go:1668 msg="non-recoverable error" component=remote remote_name=b906c0 url=http://h/w failedSampleCount=2 err="server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver\\n"',
      '{"time":"2026-11-23T03:18:46.405009661Z","level":"ERROR","msg":"non-recoverable error","component":"remote","err":"server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver\\n"}',
    ]
    for (const line of lines) expect(classifyError(parseLogLine(line).error ?? '')).toBe('receiver-disabled')
  })

  it('names the status where there was an answer', () => {
    expect(errorStatus('server returned HTTP status 503 Service Unavailable: x')).toBe(503)
    expect(errorStatus('Post "http://h/w": EOF')).toBeNull()
  })

  it('tells what Prometheus sends again from what it drops', () => {
    const recoverable = (text: string) => sendErrorSignature(text)?.recoverable
    expect(recoverable('server returned HTTP status 503 Service Unavailable: x')).toBe(true)
    expect(recoverable('server returned HTTP status 401 Unauthorized: x')).toBe(false)
    expect(recoverable('server returned HTTP status 429 Too Many Requests: x')).toBe('with retry_on_http_429')
    expect(recoverable('Post "http://h/w": EOF')).toBe(true)
  })

  it('is classified whatever it holds, in time that grows with its length only', () => {
    fc.assert(fc.property(fc.string({unit: 'binary'}), text => typeof classifyError(text) === 'string'))
    const started = performance.now()
    for (const text of [
      'Post "'.repeat(900_000),
      'dial tcp '.repeat(500_000),
      'label name '.repeat(400_000),
      'server returned HTTP status 400 '.repeat(200_000),
    ])
      classifyError(text)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
