/** What `promfleet lag --from-central` costs on a real Prometheus that stores ten thousand agents. */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, writeFile} from 'node:fs/promises'
import http from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {waitUntil} from '../lab/conditions.ts'
import {findPrometheus} from '../lab/prometheus.ts'
import {storedAgent, writeAgents} from '../lab/stored-fleet.ts'
import {measure} from './measure.ts'
import {peakMemory, type Row} from './row.ts'

const IDENTITIES = 10_000
const TARGETS = 5
const RUNS = 5
const MOST_SECONDS = 3
const MOST_QUERIES = 4
const MOST_MEBIBYTES = 200

export async function measureFromCentral(program: string, directory: string): Promise<Row> {
  const name = `lag --from-central, ${IDENTITIES} identities`
  const peer = 'a real Prometheus'
  const {paths, missing} = await findPrometheus()
  const binary = paths['3.5'] ?? paths['2.53'] ?? paths['2.42']
  if (binary === null) return {name, peer, skipped: Object.values(missing).join('; ')}
  const store = await startStore(binary, path.join(directory, 'central'))
  try {
    const nowSeconds = Date.now() / 1000
    await writeAgents(`${store.url}/api/v1/write`, manyAgents(), nowSeconds)
    const lag: [string, ...string[]] = [process.execPath, program, 'lag', '--from-central', '--central-url', store.url]
    const [ours] = await measure([{line: [...lag, '--interval', '0'], exitCodes: [1]}], RUNS)
    if (!ours) throw new Error('nothing was measured')
    return {
      name,
      peer,
      ours,
      theirs: null,
      limits: [
        {what: 'wall time', measured: ours.wallSeconds, most: MOST_SECONDS, unit: ' s'},
        {what: 'queries', measured: store.queries() / RUNS, most: MOST_QUERIES, unit: ''},
        ...peakMemory(ours, MOST_MEBIBYTES),
      ],
    }
  } finally {
    await store.close()
  }
}

/** One of a hundred is late, so that there is something to say. */
function* manyAgents() {
  for (let index = 0; index < IDENTITIES; index += 1) {
    const labels = {
      cluster: `cluster-${index}`,
      prometheus: 'monitoring/agent',
      prometheus_replica: 'prom-agent-agent-0',
    }
    yield storedAgent(labels, {targets: TARGETS, ...(index % 100 === 7 && {toSecondsAgo: 900})})
  }
}

/** Behind a proxy that counts what is asked. */
async function startStore(binary: string, directory: string) {
  await mkdir(directory, {recursive: true})
  await writeFile(path.join(directory, 'prometheus.yml'), '{}')
  const port = await freePort()
  const prometheus = spawn(
    binary,
    [
      `--config.file=${path.join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ],
    {stdio: 'ignore'},
  )
  let queries = 0
  const proxy = http.createServer((request, response) => {
    if (request.url?.startsWith('/api/v1/query')) queries += 1
    const {method, headers, url} = request
    const onward = http.request({host: '127.0.0.1', port, method, headers, path: url}, answer => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  await waitUntil('the central to be ready', 60, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => null)
    return answer?.status === 200 ? null : `answer ${answer?.status}`
  })
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    queries: () => queries,
    async close() {
      proxy.close()
      prometheus.kill()
      await once(prometheus, 'exit')
    },
  }
}

async function freePort(): Promise<number> {
  const server = http.createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const {port} = server.address() as AddressInfo
  server.close()
  return port
}
