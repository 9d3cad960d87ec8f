/** The empty write against real receivers: it is taken, and leaves no trace in what they store. */
import {mkdtempSync, rmSync} from 'node:fs'
import {readdir, stat} from 'node:fs/promises'
import type {AddressInfo} from 'node:net'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {openCentral} from '../../src/collect/central/open-central.ts'
import {sendCanaries} from '../../src/collect/probe/canary.ts'
import {HERE} from '../../src/collect/probe/here.ts'
import {NO_CREDENTIALS} from '../../src/collect/probe/remote.ts'
import {tryWay} from '../../src/collect/probe/way.ts'
import type {CanaryEvidence} from '../../src/evidence/probe.ts'
import {parseExposition, sum} from '../../src/facts/exposition/exposition.ts'
import {type ProbeFacts, readProbes} from '../../src/facts/probe/probe.ts'
import {aPlan} from '../collect/probe/a-plan.ts'
import type {Address} from './addresses.ts'
import {waitForReady} from './conditions.ts'
import {findPrometheus, prometheusVersions} from './prometheus.ts'
import {startPrometheus} from './prometheus-process.ts'
import {findVictoriaMetrics, startVictoriaMetrics} from './victoria-metrics.ts'

const binaries = await findPrometheus()
const victoriaMetrics = await findVictoriaMetrics()
const directory = mkdtempSync(path.join(tmpdir(), 'promfleet-empty-write-'))
const ending: (() => Promise<void>)[] = []
afterAll(async () => {
  await Promise.all(ending.map(end => end()))
  rmSync(directory, {recursive: true, force: true})
})

const TIMES = 5
const version2 = 'protobuf_message: io.prometheus.write.v2.Request'

async function probe({host, port}: Address, yaml = ''): Promise<ProbeFacts> {
  const plan = aPlan(`http://${host}:${port}/api/v1/write`, yaml)
  const [seen] = readProbes({probes: [await tryWay(plan, HERE, NO_CREDENTIALS, new AbortController().signal)]})
  if (!seen) throw new Error('nothing was probed')
  return seen
}

describe.each(prometheusVersions)('Prometheus %s', version => {
  const binary = binaries.paths[version]

  async function start(takesRemoteWrite: boolean) {
    const address = await freeAddress()
    const prometheus = await startPrometheus({
      ...{version, runsAs: 'server' as const, takesRemoteWrite, basicAuth: null, address},
      binary: binary ?? '',
      directory: path.join(directory, `${version}-${ending.length}`),
      config: {global: {scrape_interval: '1h'}},
    })
    ending.push(() => prometheus.process.kill())
    await waitForReady(prometheus, version, 60)
    return {address, prometheus}
  }

  it.skipIf(binary === null)('takes it, and its head series and WAL stay as they were', async () => {
    const {address, prometheus} = await start(true)
    const read = async () => {
      const metrics = parseExposition((await prometheus.get('/metrics'))?.text ?? '')
      const wal = path.join(prometheus.dataDirectory, 'wal')
      const files = (await readdir(wal)).sort()
      return {
        stored: {
          series: sum(metrics, 'prometheus_tsdb_head_series'),
          created: sum(metrics, 'prometheus_tsdb_head_series_created_total'),
          samples: sum(metrics, 'prometheus_tsdb_head_samples_appended_total'),
          pages: sum(metrics, 'prometheus_tsdb_wal_completed_pages_total'),
          flushes: sum(metrics, 'prometheus_tsdb_wal_page_flushes_total'),
          wal: await Promise.all(files.map(async file => [file, (await stat(path.join(wal, file))).size])),
        },
        requests: sum(metrics, 'prometheus_http_requests_total', {handler: '/api/v1/write'}) ?? 0,
      }
    }
    const before = await read()
    for (let time = 0; time < TIMES; time += 1)
      expect(await probe(address)).toMatchObject({accepts: true, failing: null})
    const after = await read()
    expect(after.requests - before.requests).toBe(TIMES)
    expect(before.stored).toMatchObject({series: 0, created: 0})
    expect(after.stored).toEqual(before.stored)
  })

  it.skipIf(binary === null)('stores a canary with the identity of the agent, and shows it again', async () => {
    const {address} = await start(true)
    const {sent, labels} = await canary(address)
    expect(sent.write.http).toMatchObject({ok: true, value: {status: 204}})
    expect(sent.visible).toMatchObject({ok: true, value: {afterSeconds: expect.any(Number)}})
    expect(labels).toEqual([
      {__name__: 'promfleet_canary', cluster: 'cluster2', promfleet: 'canary', promfleet_nonce: sent.nonce},
    ])
  })

  it.skipIf(binary === null)('says whether it knows remote write 2.0, and whether it takes writes at all', async () => {
    const {address} = await start(true)
    const newer = await probe(address, version2)
    // 2.54 and later answer with what they have written; before, it is taken for 1.0, and samples would be lost.
    if (version === '3.5') expect(newer).toMatchObject({accepts: true, failing: null})
    else expect(newer).toMatchObject({accepts: false, failing: {layer: 'receiver', class: 'unsupported-protocol'}})
    const off = await start(false)
    expect(await probe(off.address)).toMatchObject({failing: {layer: 'receiver', class: 'receiver-disabled'}})
  })
})

it.skipIf(victoriaMetrics === null)('VictoriaMetrics stores a canary and shows it again', async () => {
  const address = await freeAddress()
  const process = await startVictoriaMetrics(victoriaMetrics ?? '', path.join(directory, 'vm-canary'), address, [])
  ending.push(() => process.kill())
  const {sent} = await canary(address)
  expect(sent.visible).toMatchObject({ok: true, value: {afterSeconds: expect.any(Number)}})
})

it.skipIf(victoriaMetrics === null)('VictoriaMetrics takes it and inserts no row', async () => {
  const address = await freeAddress()
  const process = await startVictoriaMetrics(victoriaMetrics ?? '', path.join(directory, 'vm'), address, [])
  ending.push(() => process.kill())
  const rows = async () => {
    const answer = await fetch(`http://${address.host}:${address.port}/metrics`)
    return sum(parseExposition(await answer.text()), 'vm_rows_inserted_total', {type: 'promremotewrite'})
  }
  const before = await rows()
  expect(await probe(address)).toMatchObject({accepts: true, failing: null})
  expect(await rows()).toBe(before)
})

/** Writes a canary in the name of an agent and reads it back; gives what came of it, and the series that the store then has. */
async function canary({host, port}: Address): Promise<{sent: CanaryEvidence; labels: Record<string, string>[]}> {
  const {signal} = new AbortController()
  const url = new URL(`http://${host}:${port}`)
  const credentials = {headers: {}, basic: null, token: null}
  const central = await openCentral(
    {kind: 'url', url, credentials, tls: {authority: null, skipVerify: false}},
    {kubeconfig: null, impersonate: {user: null, groups: []}, transport: 'auto', signal},
  )
  try {
    const [sent] = await sendCanaries([aPlan(`${url.href}api/v1/write`)], NO_CREDENTIALS, central, signal)
    if (!sent) throw new Error('no canary was sent')
    const stored = await central.query('promfleet_canary', {signal, timeoutSeconds: 5})
    return {sent, labels: stored.ok ? stored.value.samples.map(sample => sample.labels) : []}
  } finally {
    central.close()
  }
}

async function freeAddress(): Promise<Address> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return {host: '127.0.0.1', port}
}
