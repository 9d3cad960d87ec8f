/**
 * Makes real Prometheus processes say each error of remote write, in every form that they log in, and keeps the lines as
 * samples of its signature (test/fixtures/signatures). `node --import tsx test/lab/record-write-signatures.ts [name...]`
 */
import {once} from 'node:events'
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer as createHttpServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {createServer as createTlsServer, type ServerOptions} from 'node:https'
import {type AddressInfo, createServer, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {stringify} from 'yaml'
import {startBlackHole} from './black-hole.ts'
import {createAuthority} from './kubernetes/certificates.ts'
import {ContainerLog} from './kubernetes/pod-log.ts'
import {startProcess} from './processes.ts'
import {findPrometheus, type PrometheusVersion} from './prometheus.ts'

const fixtures = new URL('../fixtures/signatures/', import.meta.url)
const waitMs = 25_000

/** One thing that goes wrong, and the signature that its line has to be recognised by. */
interface Case {
  signature: string
  /** Whose words the answer quotes, when they are not Prometheus' own. */
  words?: string
  answer?: {status: number; body?: string; headers?: Record<string, string>}
  /** Parts of the remote_write entry, for troubles without an answer. */
  entry?: Record<string, unknown>
}

const html = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`

const nginx = {'content-type': 'text/html', server: 'nginx'}

/** Bodies of others are those of their public sources and threads. */
const answers: Case[] = [
  {signature: 'no-tenant', words: 'Mimir', answer: {status: 401, body: 'no org id\n'}},
  {
    signature: 'receiver-disabled',
    answer: {
      status: 404,
      body: 'remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n',
    },
  },
  {signature: 'http-to-tls-port', answer: {status: 400, body: 'Client sent an HTTP request to an HTTPS server.\n'}},
  {
    signature: 'client-certificate-asked',
    words: 'nginx',
    answer: {
      status: 400,
      body: `<center>No required SSL certificate was sent</center>\n${html('400 No required SSL certificate was sent')}`,
      headers: nginx,
    },
  },
  {signature: 'sample-in-future', answer: {status: 400, body: 'out of bounds: timestamp is too far in the future\n'}},
  {
    signature: 'sample-in-future',
    words: 'Mimir',
    answer: {
      status: 400,
      body: 'failed pushing to ingester: user=shop: received a sample whose timestamp is too far in the future, timestamp: 1795403922054 series: \'up{instance="a"}\' (err-mimir-too-far-in-future)\n',
    },
  },
  {signature: 'sample-too-old', answer: {status: 400, body: 'too old sample\n'}},
  {
    signature: 'sample-too-old',
    words: 'Mimir',
    answer: {
      status: 400,
      body: 'failed pushing to ingester: user=shop: the sample has been rejected because its timestamp is too old (err-mimir-sample-timestamp-too-old). The affected sample has timestamp 2026-11-23T02:00:00Z and is from series {__name__="up"}\n',
    },
  },
  {signature: 'out-of-bounds', answer: {status: 400, body: 'out of bounds\n'}},
  {
    signature: 'duplicate-sample',
    answer: {
      status: 400,
      body: 'duplicate sample for timestamp 1795403922054; overrides not allowed: existing 0.000586614, new value 0.000608729\n',
    },
  },
  {
    signature: 'duplicate-sample',
    words: 'Mimir',
    answer: {
      status: 400,
      body: 'failed pushing to ingester: user=shop: the sample has been rejected because another sample with the same timestamp, but a different value, has already been ingested (err-mimir-sample-duplicate-timestamp)\n',
    },
  },
  {signature: 'out-of-order', answer: {status: 400, body: 'out of order sample\n'}},
  {
    signature: 'out-of-order',
    words: 'Mimir',
    answer: {
      status: 400,
      body: 'failed pushing to ingester: user=shop: the sample has been rejected because another sample with a more recent timestamp has already been ingested and out-of-order samples are not allowed (err-mimir-sample-out-of-order)\n',
    },
  },
  {
    signature: 'out-of-order',
    words: 'Thanos Receive',
    answer: {
      status: 409,
      body: 'store locally for endpoint 127.0.0.1:10901: add 500 samples: out of order sample\n',
    },
  },
  {
    signature: 'label-not-unique',
    answer: {status: 500, body: 'label name "cluster" is not unique: invalid sample\n'},
  },
  {signature: 'histograms-disabled', answer: {status: 500, body: 'native histograms are disabled\n'}},
  {
    signature: 'series-limit',
    words: 'Mimir',
    answer: {
      status: 400,
      body: 'failed pushing to ingester: user=shop: per-user series limit of 150000 exceeded (err-mimir-max-series-per-user). To adjust the related per-tenant limit, configure -ingester.max-global-series-per-user, or contact your service administrator.\n',
    },
  },
  {
    signature: 'series-limit',
    words: 'Cortex',
    answer: {
      status: 400,
      body: 'user=shop: per-user series limit of 5000000 exceeded, please contact administrator to raise it (local limit: 0 global limit: 5000000 actual local limit: 375000)\n',
    },
  },
  {
    signature: 'rate-limited',
    words: 'Mimir',
    answer: {
      status: 429,
      body: 'the request has been rejected because the tenant exceeded the ingestion rate limit, set to 10000 items/s with a maximum allowed burst of 200000 (err-mimir-tenant-max-ingestion-rate)\n',
    },
  },
  {
    signature: 'rate-limited',
    words: 'Cortex',
    answer: {status: 429, body: 'ingestion rate limit (25000) exceeded while adding 1000 samples and 0 metadata\n'},
  },
  {
    signature: 'ingestion-rate-limit',
    words: 'Mimir, its service overload status off',
    answer: {
      status: 503,
      body: 'the write request has been rejected because the ingester exceeded the samples ingestion rate limit (err-mimir-ingester-max-ingestion-rate)\n',
    },
  },
  {
    signature: 'invalid-series',
    words: 'Mimir',
    answer: {
      status: 400,
      body: 'received a series whose number of labels exceeds the limit (actual: 31, limit: 30) series: \'up{a="b"}\' (err-mimir-max-label-names-per-series)\n',
    },
  },
  {
    signature: 'victoriametrics-wrong-path',
    words: 'VictoriaMetrics',
    answer: {
      status: 400,
      body: 'remoteAddr: "10.0.0.4:52114"; requestURI: /api/v2/write; unsupported path requested: "/api/v2/write"\n',
    },
  },
  {
    signature: 'bad-request-of-a-web-server',
    words: 'nginx',
    answer: {status: 400, body: html('400 Bad Request'), headers: nginx},
  },
  {signature: 'unauthorized', answer: {status: 401, body: 'Unauthorized\n'}},
  {
    signature: 'unauthorized',
    words: 'nginx',
    answer: {status: 401, body: html('401 Authorization Required'), headers: nginx},
  },
  {
    signature: 'forbidden',
    words: 'Amazon Managed Service for Prometheus',
    answer: {status: 403, body: '{"Message":"Missing Authentication Token"}\n'},
  },
  {signature: 'wrong-path', answer: {status: 404, body: '404 page not found\n'}},
  {signature: 'wrong-path', words: 'nginx', answer: {status: 404, body: html('404 Not Found'), headers: nginx}},
  {signature: 'method-not-allowed', answer: {status: 405, body: 'Method Not Allowed\n'}},
  {
    signature: 'proxy-wants-credentials',
    words: 'a proxy',
    answer: {status: 407, body: 'Proxy Authentication Required\n'},
  },
  {signature: 'conflict', words: 'Thanos Receive', answer: {status: 409, body: 'conflict\n'}},
  {
    signature: 'payload-too-large',
    words: 'nginx',
    answer: {status: 413, body: html('413 Request Entity Too Large'), headers: nginx},
  },
  {
    signature: 'unsupported-protocol',
    answer: {
      status: 415,
      body: 'io.prometheus.write.v2.Request protobuf message is not accepted by this server; only accepts prometheus.WriteRequest\n',
    },
  },
  {
    signature: 'redirected',
    words: 'nginx',
    answer: {status: 301, body: html('301 Moved Permanently'), headers: nginx},
    entry: {follow_redirects: false},
  },
  {signature: 'refused-request', answer: {status: 400, body: 'snappy: corrupt input\n'}},
  {signature: 'bad-gateway', words: 'nginx', answer: {status: 502, body: html('502 Bad Gateway'), headers: nginx}},
  {
    signature: 'proxy-without-receiver',
    words: 'nginx',
    answer: {status: 503, body: html('503 Service Temporarily Unavailable'), headers: nginx},
  },
  {
    signature: 'proxy-without-receiver',
    words: 'Envoy',
    answer: {status: 503, body: 'no healthy upstream', headers: {server: 'envoy'}},
  },
  {signature: 'unavailable', answer: {status: 503, body: 'Service Unavailable\n'}},
  {
    signature: 'unavailable',
    words: 'Thanos Receive',
    answer: {
      status: 503,
      body: '2 errors: forwarding request to endpoint {thanos-receive-1:10901 }: rpc error: code = DeadlineExceeded desc = context deadline exceeded; quorum not reached\n',
    },
  },
  {
    signature: 'gateway-timeout',
    words: 'nginx',
    answer: {status: 504, body: html('504 Gateway Time-out'), headers: nginx},
  },
  {signature: 'server-error', answer: {status: 500, body: 'internal error\n'}},
]

interface Places {
  directory: string
  url: Record<
    'refused' | 'hanging' | 'resetting' | 'closing' | 'blackHole' | 'redirecting' | 'accepting' | 'proxy' | 'token',
    string
  >
  tls: Record<'trusted' | 'untrusted' | 'otherName' | 'expired' | 'wantsCertificate' | 'old', string>
  caFile: string
}

function failures({url, tls, caFile, directory}: Places): Case[] {
  const trusting = {tls_config: {ca_file: caFile}}
  return [
    {signature: 'refused', entry: {url: url.refused}},
    {signature: 'name-not-resolved', entry: {url: 'http://central.invalid:9090/api/v1/write'}},
    {signature: 'timed-out', entry: {url: url.hanging, remote_timeout: '1s'}},
    {signature: 'connection-reset', entry: {url: url.resetting}},
    {signature: 'connection-reset', entry: {url: url.closing}},
    {signature: 'timed-out', entry: {url: url.blackHole, remote_timeout: '1s'}},
    {signature: 'no-route', entry: {url: 'http://255.255.255.255:9090/api/v1/write', remote_timeout: '1s'}},
    {signature: 'redirect-loop', entry: {url: url.redirecting}},
    {signature: 'tls-untrusted', entry: {url: tls.untrusted}},
    {signature: 'tls-name-mismatch', entry: {url: tls.otherName, ...trusting}},
    {signature: 'tls-expired', entry: {url: tls.expired, ...trusting}},
    {signature: 'tls-client-certificate', entry: {url: tls.wantsCertificate, ...trusting}},
    {signature: 'tls-failed', entry: {url: tls.old, ...trusting}},
    {signature: 'tls-to-http-port', entry: {url: url.accepting.replace('http:', 'https:')}},
    {
      signature: 'proxy-unreachable',
      entry: {url: 'https://central.invalid/api/v1/write', proxy_url: url.refused.replace('/api/v1/write', '')},
    },
    {signature: 'proxy-unreachable', entry: {url: 'https://central.invalid/api/v1/write', proxy_url: url.proxy}},
    {
      signature: 'credentials-unreadable',
      entry: {url: url.accepting, authorization: {credentials_file: path.join(directory, 'no-such-token')}},
    },
    {
      signature: 'no-token',
      entry: {url: url.accepting, oauth2: {client_id: 'agent', client_secret: 'opensesame', token_url: url.token}},
    },
    {
      signature: 'no-token',
      entry: {
        url: url.accepting,
        oauth2: {client_id: 'agent', client_secret: 'opensesame', token_url: 'http://127.0.0.1:1/token'},
      },
    },
    {signature: 'invalid-url', entry: {url: 'central:9090/api/v1/write'}},
    {
      signature: 'nothing-written',
      entry: {url: url.accepting, protobuf_message: 'io.prometheus.write.v2.Request'},
    },
  ]
}

async function listen(server: {
  listen(port: number, host: string): unknown
  address(): unknown
  unref(): unknown
  once: unknown
  on: unknown
}): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server as never, 'listening')
  server.unref()
  return (server.address() as AddressInfo).port
}

async function startPlaces(directory: string): Promise<Places & {answersPort: number; stop(): Promise<void>}> {
  const authority = await createAuthority('lab CA')
  const caFile = path.join(directory, 'ca.pem')
  await writeFile(caFile, authority.certificatePem)
  const http = async (handle: (request: IncomingMessage, response: ServerResponse) => void) => {
    const port = await listen(
      createHttpServer((request, response) => {
        request.resume()
        request.once('end', () => handle(request, response))
      }),
    )
    return `http://127.0.0.1:${port}/api/v1/write`
  }
  const https = async (
    names: string[],
    more: ServerOptions = {},
    leaf: {notAfter?: Date; notBefore?: Date} = {},
    own = authority,
  ) => {
    const {certificatePem, keyPem} = await own.issue({commonName: 'central', names, ...leaf})
    const server = createTlsServer({cert: certificatePem, key: keyPem, ...more}, (_, response) =>
      response.writeHead(204).end(),
    )
    return `https://127.0.0.1:${await listen(server)}/api/v1/write`
  }
  const answersPort = await listen(
    createHttpServer((request, response) => {
      request.resume()
      request.once('end', () => {
        const {answer} = answers[Number(request.url?.slice(1))] ?? {}
        response
          .writeHead(answer?.status ?? 204, {'content-type': 'text/plain; charset=utf-8', ...answer?.headers})
          .end(answer?.body)
      })
    }),
  )
  const hole = createServer()
  const holePort = await listen(hole)
  hole.close()
  const blackHole = await startBlackHole('127.0.0.1', holePort)
  const closing = await listen(createServer((socket: Socket) => void socket.once('data', () => socket.end())))
  const day = 24 * 3600 * 1000
  return {
    directory,
    caFile,
    answersPort,
    url: {
      refused: 'http://127.0.0.1:1/api/v1/write',
      hanging: await http(() => undefined),
      resetting: await http(request => void request.socket.resetAndDestroy()),
      closing: `http://127.0.0.1:${closing}/api/v1/write`,
      blackHole: `http://127.0.0.1:${holePort}/api/v1/write`,
      redirecting: await http((request, response) => void response.writeHead(307, {location: request.url}).end()),
      accepting: await http((_, response) => void response.writeHead(200).end()),
      proxy: `http://127.0.0.1:${await listen(createHttpServer().on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')))}`,
      token: await http(
        (_, response) =>
          void response.writeHead(401, {'content-type': 'application/json'}).end('{"error":"invalid_client"}'),
      ),
    },
    tls: {
      trusted: await https(['127.0.0.1']),
      untrusted: await https(['127.0.0.1'], {}, {}, await createAuthority('another CA')),
      otherName: await https(['central.example']),
      expired: await https(
        ['127.0.0.1'],
        {},
        {notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - day)},
      ),
      wantsCertificate: await https(['127.0.0.1'], {
        requestCert: true,
        rejectUnauthorized: true,
        ca: authority.certificatePem,
      }),
      old: await https(['127.0.0.1'], {maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0'}),
    },
    stop: () => blackHole.close(),
  }
}

const isRetried = ({answer, signature}: Case) => (answer ? answer.status >= 500 : signature !== 'nothing-written')

/** Cases that can share a process: 3.x holds back a message for all queues once one of them has said it. */
function batches(cases: Case[], version: PrometheusVersion): Case[][] {
  if (version !== '3.5') return [cases.filter(({signature}) => signature !== 'nothing-written')]
  const retried = cases.filter(isRetried)
  const refused = cases.filter(one => !isRetried(one))
  return Array.from({length: Math.max(retried.length, refused.length)}, (_, index) =>
    [retried[index], refused[index]].filter(one => one !== undefined),
  )
}

/** The first line of each case's queue that says that sending failed. */
async function record(
  binary: string,
  version: PrometheusVersion,
  format: 'logfmt' | 'json',
  cases: Case[],
  places: Places & {answersPort: number},
): Promise<(string | null)[]> {
  const directory = await mkdtemp(path.join(places.directory, 'run-'))
  const probe = createServer()
  const port = await listen(probe)
  probe.close()
  const config = {
    global: {scrape_interval: '1s', external_labels: {cluster: 'lab'}},
    scrape_configs: [
      {
        job_name: 'self',
        static_configs: [{targets: [`127.0.0.1:${port}`]}],
        metric_relabel_configs: [{source_labels: ['__name__'], regex: 'up|go_goroutines', action: 'keep'}],
      },
    ],
    remote_write: cases.map((one, index) => ({
      name: `q${index}`,
      url: `http://127.0.0.1:${places.answersPort}/${answers.indexOf(one)}`,
      metadata_config: {send: false},
      queue_config: {batch_send_deadline: '1s', min_backoff: '30ms', max_backoff: '1s'},
      ...one.entry,
    })),
  }
  const configFile = path.join(directory, 'prometheus.yml')
  await writeFile(configFile, stringify(config))
  const log = new ContainerLog(path.join(directory, 'log'))
  const mode = version === '3.5' ? ['--agent'] : ['--enable-feature=agent']
  const prometheus = startProcess(
    binary,
    [
      ...mode,
      `--config.file=${configFile}`,
      `--storage.agent.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--log.format=${format}`,
    ],
    log,
    {GOMAXPROCS: '1'},
  )
  const deadline = Date.now() + waitMs
  let found: (string | null)[] = []
  while (Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 300))
    const lines = (await readFile(log.file, 'utf8').catch(() => ''))
      .split('\n')
      .map(line => line.slice(line.indexOf(' ') + 1))
    const said = lines.filter(line => /Failed to send batch, retrying|non-recoverable error|we got 2xx/.test(line))
    found = cases.map((_, index) => said.find(line => new RegExp(`remote_name"?[=:]"?q${index}\\b`).test(line)) ?? null)
    if (!found.includes(null)) break
    if (!prometheus.isRunning()) {
      process.stderr.write(`${version} ended: ${lines.slice(-3).join('\n')}\n`)
      break
    }
  }
  await prometheus.kill()
  await rm(directory, {recursive: true, force: true})
  return found
}

const only = process.argv.slice(2)
const directory = await mkdtemp(path.join(tmpdir(), 'signatures-'))
const places = await startPlaces(directory)
const {paths} = await findPrometheus()
const cases = [...answers, ...failures(places)].filter(({signature}) => only.length === 0 || only.includes(signature))
const samples = new Map<string, string[]>()
const runs = (['2.42', '2.53', '3.5'] as const).flatMap(version =>
  (version === '2.42' ? (['logfmt'] as const) : (['logfmt', 'json'] as const)).flatMap(format =>
    batches(cases, version).map(batch => ({version, format, batch})),
  ),
)
async function work(): Promise<void> {
  for (let run = runs.shift(); run; run = runs.shift()) {
    const binary = paths[run.version]
    if (binary === null) continue
    const lines = await record(binary, run.version, run.format, run.batch, places)
    run.batch.forEach((one, index) => {
      const line = lines[index]
      if (line === null || line === undefined) {
        process.stderr.write(`${run.version} ${run.format} never said ${one.signature}\n`)
        return
      }
      const clean = line.replaceAll(directory, '/etc/prometheus')
      const origin = `# Prometheus ${run.version}, a real process${one.words ? `; the answer in the words of ${one.words}` : ''}`
      samples.set(one.signature, [...(samples.get(one.signature) ?? []), origin, clean])
    })
  }
}
await Promise.all([work(), work(), work()])
await mkdir(fixtures, {recursive: true})
for (const [signature, lines] of samples)
  await writeFile(new URL(`${signature}.log`, fixtures), `${lines.join('\n')}\n`)
await places.stop()
await rm(directory, {recursive: true, force: true})
process.stderr.write(`${samples.size} signatures recorded\n`)
process.exit()
