/** One real Prometheus on loopback: its configuration, its arguments, its life. */
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {stringify} from 'yaml'
import type {AgentSpec, BasicAuth, Version} from '../scenarios/scenario.ts'
import type {Address} from './addresses.ts'
import {ContainerLog} from './kubernetes/pod-log.ts'
import {type LabProcess, startProcess} from './processes.ts'

/** bcrypt of `labPassword`: Prometheus' web server knows no other form. */
const labPassword = 'lab-password'
export const labPasswordHash = '$2b$04$abcdefghijklmnopqrstuuRmh8HtELSGLRIbn8Tav9ZLLfCC8wwMW'

/** What its arguments say. */
export interface RunOptions {
  version: Version
  runsAs: NonNullable<AgentSpec['runsAs']>
  takesRemoteWrite: boolean
  /** The password has to be `labPassword`. */
  basicAuth: BasicAuth | null
  /** Arguments beside the usual ones. */
  flags?: string[]
  /** tls_server_config of its web server. */
  tls?: Record<string, string>
}

export interface PrometheusOptions extends RunOptions {
  binary: string
  directory: string
  address: Address
  config: unknown
  /** Where its data lie; default: beneath `directory`. */
  dataDirectory?: string
}

export interface PrometheusProcess {
  /** A new one after `restart`. */
  process: LabProcess
  dataDirectory: string
  address: Address
  logFile: string
  configFile: string
  /** GET of a path on its web server; null when it does not answer. */
  get(path: string): Promise<{status: number; text: string} | null>
  /** Writes a configuration and asks for a reload; true when it was taken. */
  reload(config: unknown): Promise<boolean>
  /** Kills it and starts it again on the same data, with a new log; `between` has the data to itself. */
  restart(between?: () => Promise<void>): Promise<void>
}

/** Starts it; does not wait for anything. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusProcess> {
  const {directory, address, basicAuth, tls} = options
  const dataDirectory = options.dataDirectory ?? path.join(directory, 'data')
  await mkdir(directory, {recursive: true})
  const configFile = path.join(directory, 'prometheus.yml')
  const webConfigFile = path.join(directory, 'web.yml')
  await writeFile(configFile, stringify(options.config))
  const webConfig = {
    ...(basicAuth ? {basic_auth_users: {[basicAuth.username]: labPasswordHash}} : {}),
    ...(tls ? {tls_server_config: tls} : {}),
  }
  if (hasWebConfig(options)) await writeFile(webConfigFile, stringify(webConfig))
  const start = (logFile: string) =>
    startProcess(
      options.binary,
      argumentsFor(options, {
        config: configFile,
        web: webConfigFile,
        data: dataDirectory,
        listen: `${address.host}:${address.port}`,
      }),
      new ContainerLog(logFile),
      {GOMAXPROCS: '1'}, // dozens of them share a machine
    )
  const headers: Record<string, string> = basicAuth
    ? {authorization: `Basic ${Buffer.from(`${basicAuth.username}:${labPassword}`).toString('base64')}`}
    : {}
  const ask = async (webPath: string, method: 'GET' | 'POST') => {
    const url = `http://${address.host}:${address.port}${webPath}`
    const answer = await fetch(url, {method, headers, signal: AbortSignal.timeout(10_000)}).catch(() => null)
    return answer && {status: answer.status, text: await answer.text().catch(() => '')}
  }
  let runs = 1
  const prometheus: PrometheusProcess = {
    process: start(path.join(directory, 'output.log')),
    dataDirectory,
    address,
    logFile: path.join(directory, 'output.log'),
    configFile,
    get: webPath => ask(webPath, 'GET'),
    async reload(config) {
      await writeFile(configFile, stringify(config))
      return (await ask('/-/reload', 'POST'))?.status === 200
    },
    async restart(between = async () => undefined) {
      await prometheus.process.kill()
      await between()
      runs += 1
      prometheus.logFile = path.join(directory, `output-${runs}.log`)
      prometheus.process = start(prometheus.logFile)
    },
  }
  return prometheus
}

function hasWebConfig({basicAuth, tls}: RunOptions): boolean {
  return basicAuth !== null || tls !== undefined
}

/** As a pod would have them: a port on all addresses, usual paths. */
export function podArguments(options: RunOptions, port = 9090): string[] {
  return argumentsFor(options, {
    config: '/etc/prometheus/prometheus.yml',
    web: '/etc/prometheus/web.yml',
    data: '/prometheus',
    listen: `0.0.0.0:${port}`,
  })
}

interface Places {
  config: string
  web: string
  data: string
  listen: string
}

function argumentsFor(options: RunOptions, place: Places): string[] {
  return [
    ...modeArguments(options, place.data),
    `--config.file=${place.config}`,
    `--web.listen-address=${place.listen}`,
    '--web.enable-lifecycle',
    ...(options.takesRemoteWrite ? ['--web.enable-remote-write-receiver'] : []),
    ...(hasWebConfig(options) ? [`--web.config.file=${place.web}`] : []),
    ...(options.flags ?? []),
  ]
}

/** What makes it an agent or a server, and where its data lie; real clusters start it with the same. */
function modeArguments(options: Pick<RunOptions, 'version' | 'runsAs'>, data: string): string[] {
  const newer = options.version.startsWith('3.')
  if (options.runsAs === 'agent') return [newer ? '--agent' : '--enable-feature=agent', `--storage.agent.path=${data}`]
  if (options.runsAs === 'server-with-agent-flag') return ['--enable-feature=agent', `--storage.tsdb.path=${data}`]
  return [`--storage.tsdb.path=${data}`]
}
