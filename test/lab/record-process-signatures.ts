/**
 * Makes real Prometheus agents say the lines that are not about the error of a write (bad targets, discovery, reloads, starts,
 * broken WALs, stops), in every form that they log in, and keeps them as samples (test/fixtures/signatures).
 * `node --import tsx test/lab/record-process-signatures.ts`
 */
import {once} from 'node:events'
import {mkdir, mkdtemp, open, readdir, rm, writeFile} from 'node:fs/promises'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {execa} from 'execa'
import {stringify} from 'yaml'
import {findPrometheus, type PrometheusVersion} from './prometheus.ts'

const fixtures = new URL('../fixtures/signatures/', import.meta.url)

/** How the line of each signature is found; written down apart from the table, which is what the samples are to test. */
const wanted: [string, RegExp][] = [
  ['scrape-out-of-order', /msg"?[=:]"Error on ingesting out-of-order samples"/],
  ['scrape-duplicates', /msg"?[=:]"Error on ingesting samples with different value but same timestamp"/],
  ['scrape-out-of-bounds', /msg"?[=:]"Error on ingesting samples that are too old/],
  ['scrape-content-type', /Failed to determine correct type of scrape target/],
  ['discovery-failed', /Unable to refresh target groups|DNS resolution failed|Error reading file/],
  ['discovery-forbidden', /k8s_client_runtime.*forbidden|forbidden.*k8s_client_runtime/],
  [
    'metadata-refused',
    /non-recoverable error while sending metadata".*401|401.*non-recoverable error while sending metadata"/,
  ],
  ['receiver-asks-to-wait', /Retrying after duration specified by Retry-After/],
  ['resharding-pointless', /Skipping resharding, last successful send/],
  ['resharding-off', /resharding is disabled while waiting/],
  ['flush-failed', /Failed to flush all samples on shutdown/],
  ['flush-metadata-failed', /Failed to flush metadata/],
  ['config-not-reloaded', /Error reloading config/],
  ['not-for-agents', /is not allowed in agent mode/],
  ['config-not-loaded', /Error loading config .*(?:missing|no such file)/],
  ['stopping', /Received (?:SIGTERM|an OS signal)/],
  ['started', /Starting Prometheus/],
  ['unknown-feature', /Unknown option for --enable-feature/],
  ['unknown-flag', /^(?:Error parsing command ?line|prometheus: error)/],
  ['flag-of-the-other-mode', /^The following flag/],
  ['lockfile-left', /A lockfile from a previous execution/],
  ['volume-locked', /lock DB directory: resource temporarily/],
  ['address-in-use', /address already in use/],
  ['wal-repair', /WAL read error|orruption repair|ewrite corrupted|epaired WAL/],
  ['wal-reader-overtaken', /error tailing WAL.*no such file|no such file.*error tailing WAL/],
  ['disk-full', /no space left on device/],
  ['scrape-not-stored', /Scrape commit failed/],
]

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  return (server.address() as AddressInfo).port
}

let scrapes = 0
const port = await listen((request, response) => {
  const url = request.url ?? ''
  const now = Date.now()
  const page = (text: string, type = 'text/plain; version=0.0.4') =>
    response.writeHead(200, {'content-type': type}).end(text)
  request.resume()
  if (url === '/ooo') return void page(`a_total 1 ${now - (scrapes++ % 2 === 0 ? 0 : 60_000)}\n`)
  if (url === '/dup') return void page('b_total{x="1"} 1\nb_total{x="1"} 2\n')
  if (url === '/future') return void page(`c_total 1 ${now + 3_600_000}\n`)
  if (url === '/blank') return void response.writeHead(200, {'content-type': ''}).end('d_total 1\n')
  if (url.startsWith('/sd')) return void response.writeHead(500).end('no\n')
  if (url.startsWith('/api/v1/pods'))
    return void response.writeHead(403, {'content-type': 'application/json'}).end(
      JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Forbidden',
        code: 403,
        message:
          'pods is forbidden: User "system:serviceaccount:monitoring:agent" cannot list resource "pods" in API group "" at the cluster scope',
      }),
    )
  if (url === '/401') return void response.writeHead(401).end('Unauthorized\n')
  if (url === '/wait') return void response.writeHead(503, {'retry-after': '1'}).end('Service Unavailable\n')
  if (url === '/hang') return
  response.writeHead(url === '/write' ? 204 : 404).end()
})

type Format = 'logfmt' | 'json'
interface Run {
  version: PrometheusVersion
  binary: string
  format: Format
  directory: string
}
const samples = new Map<string, string[]>()
let nextPort = 19_700

const queue = (name: string, more: object = {}) => ({
  name,
  url: `http://127.0.0.1:${port}/${name}`,
  metadata_config: {send: name === '401', send_interval: '1s'},
  queue_config: {batch_send_deadline: '1s', min_backoff: '30ms', max_backoff: '1s'},
  ...more,
})
const self = (web: number) => ({job_name: 'self', static_configs: [{targets: [`127.0.0.1:${web}`]}]})
const target = (name: string) => ({
  job_name: name,
  metrics_path: `/${name}`,
  static_configs: [{targets: [`127.0.0.1:${port}`]}],
})

/** Runs until `until` holds or the time is up, then ends it with `signal`; all that it printed. */
async function run(
  {version, binary, format}: Run,
  data: string,
  config: unknown,
  options: {
    args?: string[]
    seconds: number
    until?: RegExp
    signal?: NodeJS.Signals
    reload?: unknown
    mode?: string[]
    web?: number
  },
): Promise<string> {
  const web = options.web ?? nextPort++
  await mkdir(data, {recursive: true})
  const configFile = `${data}.yml`
  if (config !== null) await writeFile(configFile, stringify(config))
  const mode = options.mode ?? [
    version === '3.5' ? '--agent' : '--enable-feature=agent',
    `--storage.agent.path=${data}`,
  ]
  let text = ''
  const child = execa(
    binary,
    [
      ...mode,
      `--config.file=${configFile}`,
      `--web.listen-address=127.0.0.1:${web}`,
      '--web.enable-lifecycle',
      `--log.format=${format}`,
      ...(options.args ?? []),
    ],
    {reject: false, all: true, buffer: false, env: {GOMAXPROCS: '1'}, cleanup: true},
  )
  child.all.on('data', chunk => {
    text += String(chunk)
  })
  let isOver = false
  const ended = child.then(() => {
    isOver = true
  })
  const wait = async (seconds: number, until?: RegExp) => {
    for (const end = Date.now() + seconds * 1000; Date.now() < end && !isOver && !until?.test(text); )
      await new Promise(resolve => setTimeout(resolve, 200))
  }
  await wait(options.seconds, options.until)
  if (options.reload !== undefined && !isOver) {
    await writeFile(configFile, typeof options.reload === 'string' ? options.reload : stringify(options.reload))
    await Promise.race([fetch(`http://127.0.0.1:${web}/-/reload`, {method: 'POST'}).catch(() => null), wait(10)])
    await wait(5, /Error reloading/)
  }
  child.kill(options.signal ?? 'SIGTERM')
  await Promise.race([ended, wait(15)])
  child.kill('SIGKILL')
  await ended
  return text
}

function keep({version, directory}: Run, text: string): void {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    for (const [signature, pattern] of wanted) {
      if (pattern.test(line) && !found.has(signature)) found.set(signature, line.replaceAll(directory, '/prometheus'))
    }
  }
  for (const [signature, line] of found)
    samples.set(signature, [...(samples.get(signature) ?? []), `# Prometheus ${version}, a real process`, line])
}

async function breakWal(data: string): Promise<void> {
  const wal = path.join(data, 'wal')
  const segments = (await readdir(wal)).filter(name => /^\d+$/.test(name)).sort()
  const file = await open(path.join(wal, segments[0] ?? ''), 'r+')
  await file.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 0, 8, 40)
  await file.close()
}

async function recordAll(one: Run): Promise<void> {
  const place = (name: string) => path.join(one.directory, `${one.version}-${one.format}-${name}`)
  const global = {scrape_interval: '1s', external_labels: {cluster: 'lab'}}
  const web = nextPort++
  const broken = {global, remote_write: [queue('write', {queue_config: {max_retries: 3}})]}
  const noSuch = '\nalerting: {alertmanagers: []}\n'
  const trouble = run(
    one,
    place('trouble'),
    {
      global,
      scrape_configs: [
        ...[self(web), target('ooo'), target('dup'), target('future'), target('blank')],
        {job_name: 'sd', http_sd_configs: [{url: `http://127.0.0.1:${port}/sd`, refresh_interval: '1s'}]},
        {job_name: 'k8s', kubernetes_sd_configs: [{role: 'pod', api_server: `http://127.0.0.1:${port}`}]},
      ],
      remote_write: [queue('401'), queue('wait'), queue('hang', {remote_timeout: '60s'})],
    },
    {seconds: 45, args: ['--storage.remote.flush-deadline=1s'], reload: broken, web},
  ).then(text => keep(one, text))
  const idle = {global, scrape_configs: [self(nextPort)], remote_write: [queue('write')]}
  const starts = async () => {
    keep(one, await run(one, place('missing'), null, {seconds: 5}))
    keep(one, await run(one, place('server'), {...idle, rule_files: ['a.yml']}, {seconds: 5}))
    keep(one, await run(one, place('flag'), idle, {seconds: 5, args: ['--no-such']}))
    keep(one, await run(one, place('other'), idle, {seconds: 5, args: ['--storage.tsdb.path=/x']}))
    keep(one, await run(one, place('reload'), idle, {seconds: 3, reload: stringify(idle) + noSuch}))
    if (one.version === '3.5')
      keep(
        one,
        await run(one, place('old'), idle, {
          seconds: 3,
          mode: ['--enable-feature=agent', `--storage.tsdb.path=${place('old')}`],
        }),
      )
    const first = run(one, place('locked'), idle, {seconds: 8, signal: 'SIGKILL', web: nextPort++})
    await new Promise(resolve => setTimeout(resolve, 2500))
    keep(one, await run(one, place('locked'), idle, {seconds: 5}))
    keep(one, await run(one, place('port'), idle, {seconds: 5, web: nextPort - 2}))
    await first
    await breakWal(place('locked'))
    keep(one, await run(one, place('locked'), idle, {seconds: 5}))
    await fillDisk(one, place('full'), idle)
  }
  const tailing = async () => {
    const own = nextPort++
    const text = await run(
      one,
      place('tail'),
      {
        global,
        scrape_configs: [self(own)],
        remote_write: [
          queue('hang', {
            remote_timeout: '14s',
            queue_config: {max_shards: 1, capacity: 20, max_samples_per_send: 10, batch_send_deadline: '1s'},
          }),
        ],
      },
      {seconds: 5, web: own, args: []},
    )
    keep(one, text)
  }
  await Promise.all([trouble, starts(), tailing()])
}

/** A volume of 1 MB; needs root. */
async function fillDisk(one: Run, data: string, config: unknown): Promise<void> {
  await mkdir(data, {recursive: true})
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', data], {reject: false})
  if (mounted.exitCode !== 0) return
  await execa('dd', ['if=/dev/zero', `of=${data}/filler`, 'bs=1k', 'count=980'], {reject: false})
  const web = nextPort++
  keep(
    one,
    await run(
      one,
      data,
      {...(config as object), scrape_configs: [self(web)]},
      {seconds: 20, until: /no space left/, web},
    ),
  )
  await execa('umount', ['-l', data], {reject: false})
}

/** The receiver is away until the reader's next segment is gone (75 s with truncations every 4 s), then it is back. */
async function recordOvertaken(one: Run): Promise<void> {
  let isBack = false
  const receiver = await listen((request, response) => {
    request.resume()
    request.once('end', () => response.writeHead(isBack ? 204 : 503).end())
  })
  const web = nextPort++
  const data = path.join(one.directory, `${one.version}-${one.format}-overtaken`)
  const timer = setTimeout(() => {
    isBack = true
  }, 75_000)
  const text = await run(
    one,
    data,
    {
      global: {scrape_interval: '1s', external_labels: {cluster: 'lab'}},
      scrape_configs: [self(web)],
      remote_write: [
        {
          name: 'central',
          url: `http://127.0.0.1:${receiver}/write`,
          queue_config: {
            max_shards: 1,
            capacity: 20,
            max_samples_per_send: 10,
            batch_send_deadline: '1s',
            max_backoff: '1s',
          },
        },
      ],
    },
    {
      seconds: 120,
      until: /error tailing WAL/,
      web,
      args: [
        '--storage.agent.wal-truncate-frequency=4s',
        '--storage.agent.retention.min-time=1s',
        '--storage.agent.retention.max-time=4s',
      ],
    },
  )
  clearTimeout(timer)
  keep(one, text)
}

const directory = await mkdtemp(path.join(tmpdir(), 'process-signatures-'))
const {paths} = await findPrometheus()
const runs = (['2.42', '2.53', '3.5'] as const).flatMap(version => {
  const binary = paths[version]
  const formats: Format[] = version === '2.42' ? ['logfmt'] : ['logfmt', 'json']
  return binary === null ? [] : formats.map((format): Run => ({version, binary, format, directory}))
})
const overtaken = Promise.all(runs.map(recordOvertaken))
for (const one of runs) await recordAll(one)
await overtaken
await mkdir(fixtures, {recursive: true})
for (const [signature, lines] of samples)
  await writeFile(new URL(`${signature}.log`, fixtures), `${lines.join('\n')}\n`)
for (const [signature] of wanted) {
  const count = (samples.get(signature)?.length ?? 0) / 2
  if (count < 5) process.stderr.write(`${signature}: ${count} of 5\n`)
}
await rm(directory, {recursive: true, force: true})
process.exit()
