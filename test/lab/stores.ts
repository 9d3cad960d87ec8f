/** The stores that a central may be, started empty: Prometheus of three releases and VictoriaMetrics, as far as they can be had. */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {takeAddresses} from './addresses.ts'
import {waitForReady} from './conditions.ts'
import {findPrometheus, prometheusVersions} from './prometheus.ts'
import {type PrometheusProcess, startPrometheus} from './prometheus-process.ts'
import {findVictoriaMetrics, startVictoriaMetrics} from './victoria-metrics.ts'

export interface Store {
  name: string
  /** null: VictoriaMetrics. */
  version: (typeof prometheusVersions)[number] | null
  /** null: it cannot be had here. */
  binary: string | null
}

/** Says which of them cannot be had. */
export async function findStores(): Promise<Store[]> {
  const binaries = await findPrometheus()
  const stores: Store[] = [
    ...prometheusVersions.map(version => ({name: `Prometheus ${version}`, version, binary: binaries.paths[version]})),
    {name: 'VictoriaMetrics', version: null, binary: await findVictoriaMetrics()},
  ]
  for (const {name, binary} of stores) if (binary === null) console.log(`skipped: no ${name} can be had here`)
  return stores
}

/** The URL of a store that takes writes; `atEnd` gets what takes it down again. `config`: of a Prometheus. */
export async function startStore(
  {version, binary}: Store,
  config: Parameters<typeof startPrometheus>[0]['config'],
  atEnd: (() => unknown)[],
): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'promfleet-central-'))
  atEnd.push(() => rm(directory, {recursive: true, force: true}))
  const book = await takeAddresses()
  atEnd.push(() => book.release())
  const address = await book.pod(1, 9090)
  if (version === null) {
    const process = await startVictoriaMetrics(binary ?? '', directory, address, [])
    atEnd.push(() => process.kill())
  } else {
    const store: PrometheusProcess = await startPrometheus({
      ...{binary: binary ?? '', directory, address, version, runsAs: 'server', takesRemoteWrite: true, basicAuth: null},
      config,
    })
    atEnd.push(() => store.process.kill())
    await waitForReady(store, 'the central', 60)
  }
  return `http://${address.host}:${address.port}`
}
