/** Makes one scenario come about in the lab: receivers, agents, their pods, and what then goes wrong. */
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import type {
  AgentSpec,
  Condition,
  Fault,
  LabCondition,
  LabFault,
  PodFate,
  ReceiverSpec,
  RemoteWriteSpec,
  Scenario,
  TargetBehaviour,
  Version,
} from '../scenarios/scenario.ts'
import type {Address, AddressBook} from './addresses.ts'
import {corruptWal, fillDisk, mountSmallDisk, segmentsOf} from './agent-disk.ts'
import {startBlackHole} from './black-hole.ts'
import {hasSent, measure, valuesOf, waitForCondition, waitForReady, waitUntil} from './conditions.ts'
import type {LabApiServer} from './kubernetes/api-server.ts'
import type {Authority} from './kubernetes/certificates.ts'
import {labNamespace, podManifests} from './kubernetes/pod-manifest.ts'
import {agentConfig, brokenConfig, type ConfigOptions, centralConfig} from './prometheus-config.ts'
import {type PrometheusProcess, podArguments, type RunOptions, startPrometheus} from './prometheus-process.ts'
import {type FaultyReceiver, startReceiver} from './receiver.ts'
import {startTarget} from './target.ts'
import {issueServer, webTlsConfig} from './tls-files.ts'
import {startVictoriaMetrics} from './victoria-metrics.ts'

export interface Surroundings {
  directory: string
  addresses: AddressBook
  fastClocks: boolean
  timeoutSeconds: number
  authority: Authority
  /** Path of the program; null where it cannot be had. */
  victoriaMetrics: string | null
  /** See tls-files.ts. */
  tlsDirectory: string
  binaryOf(version: Version): string
  clusterOf(context: string): {name: string; number: number; api: LabApiServer}
  print(line: string): void
}

interface RunningAgent {
  spec: AgentSpec
  process: PrometheusProcess
  configOptions: ConfigOptions
  shown: ShownPod
}

/** What a pod shows of the process behind it. */
interface ShownPod extends RunOptions {
  labels: Record<string, string>
  address: Address
  /** File of its log; null when it never ran. */
  log: string | null
  fate: PodFate
  exitCode: number
  /** Its small disk, where it has one; the process says where it lies. */
  disk?: {mebibytes: number; mountPath: string} | undefined
  /** Of runs before this one, the newest last. */
  earlierLogs?: string[]
}

export class ScenarioRun {
  readonly #scenario: Scenario
  readonly #lab: Surroundings
  readonly #urls = new Map<string, string>()
  readonly #standIns = new Map<string, FaultyReceiver>()
  readonly #centrals = new Map<string, PrometheusProcess>()
  readonly #agents: RunningAgent[] = []
  /** Of agents, whatever became of them. */
  readonly #shown: ShownPod[] = []
  readonly #atEnd: (() => Promise<unknown>)[] = []
  #isStopped = false

  constructor(scenario: Scenario, lab: Surroundings) {
    this.#scenario = scenario
    this.#lab = lab
  }

  /** Resolves when everything in `until` is true. */
  async start(): Promise<void> {
    const {receivers, agents, fault, next = [], until} = this.#scenario
    await Promise.all(receivers.map(receiver => this.#startReceiver(receiver)))
    const relays = agents.filter(agent => agent.takesRemoteWrite)
    await Promise.all(relays.map(agent => this.#startAgent(agent))) // their addresses are what others write to
    await Promise.all(agents.filter(agent => !relays.includes(agent)).map(agent => this.#startAgent(agent)))
    if (fault) {
      await Promise.all(this.#agents.map(agent => this.#waitFor(agent, hasSent)))
      await this.#apply(fault)
    }
    for (const step of next) {
      if ('apply' in step) await this.#apply(step.apply)
      else await this.#waitForAll(step.wait)
    }
    for (const condition of until) await this.#waitForAll(condition)
    this.#lab.print(`${this.#scenario.name}: ready`)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.allSettled(this.#atEnd.map(end => end()))
  }

  async #launch(options: Parameters<typeof startPrometheus>[0]): Promise<PrometheusProcess> {
    if (this.#isStopped) throw new Error(`${this.#scenario.name} was stopped while it began`)
    const prometheus = await startPrometheus(options)
    this.#atEnd.push(() => prometheus.process.kill())
    if (this.#isStopped) await prometheus.process.kill()
    return prometheus
  }

  /** Files of the logs that its agents have written, runs before a restart included. */
  logs(): string[] {
    return this.#shown.flatMap(({earlierLogs = [], log}) => [...earlierLogs, ...(log === null ? [] : [log])])
  }

  /** The running ones. */
  agents(): PrometheusProcess[] {
    return this.#agents.map(({process}) => process)
  }

  /** Centrals that are real Prometheus processes. */
  centrals(): PrometheusProcess[] {
    return [...this.#centrals.values()]
  }

  async #waitForAll(condition: Condition | LabCondition): Promise<void> {
    if (isLabCondition(condition)) {
      await Promise.all(this.#agents.map(agent => this.#waitForLab(agent, condition)))
      return
    }
    const concerned = this.#agents.filter(agent => !condition.context || agent.spec.context === condition.context)
    await Promise.all(concerned.map(agent => this.#waitFor(agent, condition)))
  }

  #waitForLine({logFile}: PrometheusProcess, name: string, text: string): Promise<void> {
    return waitUntil(`${name}: "${text}" in its log`, this.#lab.timeoutSeconds, async () =>
      (await readFile(logFile, 'utf8').catch(() => '')).includes(text) ? null : 'not there',
    )
  }

  #waitForLab({process, spec}: RunningAgent, condition: LabCondition): Promise<void> {
    const name = `${this.#scenario.name}: ${spec.context} ${spec.name}`
    if (condition.kind === 'log') return this.#waitForLine(process, name, condition.text)
    if (condition.kind === 'metric-at-most')
      return waitUntil(
        `${name}: ${condition.metric} to fall to ${condition.atMost}`,
        this.#lab.timeoutSeconds,
        async () => {
          const values = valuesOf((await process.get('/metrics'))?.text ?? '', condition.metric)
          return values.length > 0 && Math.max(...values) <= condition.atMost ? null : `it is ${values.join(', ')}`
        },
      )
    if (condition.kind === 'caught-up')
      return waitUntil(`${name} to catch up`, this.#lab.timeoutSeconds, async () => {
        const {value} = measure({kind: 'nothing-sent-for', seconds: 0}, (await process.get('/metrics'))?.text ?? '')
        return value <= condition.withinSeconds ? null : `${value} s behind`
      })
    return waitUntil(`${name}: WAL segment ${condition.segment} to go`, this.#lab.timeoutSeconds, async () => {
      const [oldest] = await segmentsOf(process.dataDirectory)
      return oldest !== undefined && oldest > condition.segment ? null : `the oldest is ${oldest ?? 'none'}`
    })
  }

  #waitFor(agent: RunningAgent, condition: Parameters<typeof waitForCondition>[2]): Promise<void> {
    return waitForCondition(
      agent.process,
      `${this.#scenario.name}: ${agent.spec.context} ${agent.spec.name}`,
      condition,
      this.#lab.timeoutSeconds,
    )
  }

  async #startReceiver(receiver: ReceiverSpec): Promise<void> {
    if (receiver.kind === 'prometheus') return this.#startCentral(receiver)
    const number = this.#lab.clusterOf(this.#scenario.agents[0]?.context ?? '').number
    const {host, port} = await this.#lab.addresses.pod(number, 9090)
    const tls = receiver.kind === 'stand-in' ? receiver.tls : undefined
    this.#urls.set(receiver.name, `${tls ? 'https' : 'http'}://${host}:${port}`)
    if (receiver.kind === 'victoria-metrics') {
      const {victoriaMetrics, directory} = this.#lab
      if (!victoriaMetrics) throw new Error('VictoriaMetrics cannot be had')
      const place = path.join(directory, receiver.name)
      const process = await startVictoriaMetrics(victoriaMetrics, place, {host, port}, receiver.flags ?? [])
      this.#atEnd.push(() => process.kill())
      return
    }
    if (receiver.kind === 'black-hole') {
      const blackHole = await startBlackHole(host, port)
      this.#atEnd.push(() => blackHole.close())
      return
    }
    const {authority} = this.#lab
    const standIn = await startReceiver(receiver.behaviour, {
      host,
      port,
      ...(tls ? {certificate: await issueServer(authority, host, tls)} : {}),
      ...(tls === 'wants-client-certificate' ? {clientAuthority: authority.certificatePem} : {}),
    })
    this.#standIns.set(receiver.name, standIn)
    this.#atEnd.push(() => standIn.close())
  }

  async #startCentral(receiver: Extract<ReceiverSpec, {kind: 'prometheus'}>): Promise<void> {
    const cluster = this.#lab.clusterOf(receiver.context)
    const address = await this.#lab.addresses.pod(cluster.number, 9090)
    const options: RunOptions = {
      version: receiver.version,
      runsAs: 'server',
      takesRemoteWrite: receiver.takesRemoteWrite,
      basicAuth: receiver.basicAuth ?? null,
      ...(receiver.tls
        ? {
            tls: await webTlsConfig(
              this.#lab.authority,
              path.join(this.#lab.directory, receiver.name),
              address.host,
              receiver.tls,
            ),
          }
        : {}),
    }
    const central = await this.#launch({
      ...options,
      binary: this.#lab.binaryOf(receiver.version),
      directory: path.join(this.#lab.directory, receiver.name),
      address,
      config: centralConfig(),
    })
    this.#centrals.set(receiver.name, central)
    this.#urls.set(receiver.name, `${receiver.tls ? 'https' : 'http'}://${address.host}:${address.port}`)
    if (receiver.tls) await this.#waitForLine(central, receiver.name, 'Server is ready to receive web requests')
    else await waitForReady(central, receiver.name, this.#lab.timeoutSeconds)
    this.#showPod(receiver.context, `${receiver.name}-0`, {
      ...options,
      labels: {'app.kubernetes.io/name': 'prometheus'},
      address,
      log: central.logFile,
      fate: 'running',
      exitCode: 0,
    })
  }

  async #startAgent(spec: AgentSpec): Promise<void> {
    const fate = spec.fate ?? 'running'
    const cluster = this.#lab.clusterOf(spec.context)
    const address = await this.#lab.addresses.pod(cluster.number, 9090)
    const configOptions: ConfigOptions = {
      fastClocks: this.#lab.fastClocks,
      address,
      context: cluster.name,
      urlOf: remoteWrite => this.#urlOf(remoteWrite),
      tlsDirectory: this.#lab.tlsDirectory,
      ...(typeof spec.targets === 'object' ? {target: await this.#startTarget(spec.targets, cluster.number)} : {}),
    }
    const options: RunOptions = {
      version: spec.version,
      runsAs: spec.runsAs ?? 'agent',
      takesRemoteWrite: spec.takesRemoteWrite ?? false,
      basicAuth: null,
      ...(spec.flags ? {flags: spec.flags} : {}),
    }
    const labels = spec.labels ?? {
      'app.kubernetes.io/name': 'prometheus-agent',
      'app.kubernetes.io/instance': spec.name.replace(/-\d+$/, ''),
    }
    if (fate === 'pending') {
      this.#showPod(spec.context, spec.name, {...options, labels, address, log: null, fate, exitCode: 0})
      return
    }
    const directory = path.join(this.#lab.directory, `${spec.context}-${spec.name}`)
    const dataDirectory = path.join(directory, 'data')
    if (spec.diskMebibytes) {
      const disk = await mountSmallDisk(dataDirectory, spec.diskMebibytes)
      this.#atEnd.push(() => disk.unmount())
    }
    const agent = await this.#launch({
      ...options,
      binary: this.#lab.binaryOf(spec.version),
      directory,
      dataDirectory,
      address,
      config: fate === 'crash-looping' ? brokenConfig(spec, configOptions) : agentConfig(spec, configOptions),
    })
    const exitCode = await this.#meetFate(agent, fate)
    const disk = spec.diskMebibytes ? {mebibytes: spec.diskMebibytes, mountPath: dataDirectory} : undefined
    const shown: ShownPod = {...options, labels, address, log: agent.logFile, fate, exitCode, disk}
    this.#shown.push(shown)
    if (fate === 'running') this.#agents.push({spec, process: agent, configOptions, shown})
    this.#showPod(spec.context, spec.name, shown)
    if (spec.takesRemoteWrite) this.#urls.set(spec.name, `http://${address.host}:${address.port}`)
  }

  async #startTarget(behaviour: TargetBehaviour, cluster: number): Promise<Address> {
    const address = await this.#lab.addresses.pod(cluster, 8080)
    const target = await startTarget(behaviour, address)
    this.#atEnd.push(async () => target.close())
    return address
  }

  /** As a kubelet restarts a container: a new log, the old one kept. */
  async #restart(agent: RunningAgent, between?: () => Promise<void>): Promise<void> {
    const {shown, spec} = agent
    await agent.process.restart(between)
    shown.earlierLogs = [...(shown.earlierLogs ?? []), ...(shown.log === null ? [] : [shown.log])]
    shown.log = agent.process.logFile
    this.#showPod(spec.context, spec.name, shown)
  }

  /** Its exit code when it has ended: crashes are real ones, so that their logs are. */
  async #meetFate(agent: PrometheusProcess, fate: PodFate): Promise<number> {
    if (fate === 'running') return 0
    if (fate === 'crash-looping') return (await agent.process.ended) ?? 1
    if (fate === 'out-of-memory')
      await waitForReady(agent, 'the agent about to run out of memory', this.#lab.timeoutSeconds)
    await agent.process.kill()
    return 137
  }

  #showPod(context: string, name: string, shown: ShownPod): void {
    const cluster = this.#lab.clusterOf(context)
    const {address, fate, log} = shown
    const {pod, others} = podManifests({
      name,
      context: cluster.name,
      version: shown.version,
      labels: shown.labels,
      arguments: podArguments(shown),
      podIp: address.host,
      fate,
      exitCode: shown.exitCode,
      startedAt: new Date(),
      memoryLimit: fate === 'out-of-memory' ? '64Mi' : null,
      restarts: shown.earlierLogs?.length ?? 0,
      ...(shown.disk ? {claimSize: `${shown.disk.mebibytes}Mi`, mountPath: shown.disk.mountPath} : {}),
    })
    for (const {resource, object} of others) cluster.api.store.put(resource, object)
    cluster.api.addPod(pod, {
      listeners: new Map(fate === 'running' ? [[9090, address]] : []),
      logs: new Map([
        ['prometheus', {current: log, previous: fate === 'running' ? (shown.earlierLogs?.at(-1) ?? null) : log}],
      ]),
    })
  }

  #urlOf(remoteWrite: RemoteWriteSpec): string {
    if (remoteWrite.to.includes('://')) return remoteWrite.to
    const base = this.#urls.get(remoteWrite.to)
    if (!base) throw new Error(`${this.#scenario.name}: no receiver is named ${remoteWrite.to}`)
    const {scheme, path: webPath = '/api/v1/write'} = remoteWrite
    return `${scheme ? base.replace(/^https?/, scheme) : base}${webPath}`
  }

  async #apply(fault: Fault | LabFault): Promise<void> {
    if (fault.kind === 'restart-agent' || fault.kind === 'corrupt-wal' || fault.kind === 'fill-disk') {
      const agents = this.#agents.filter(agent => agent.spec.context === fault.context)
      await Promise.all(agents.map(agent => this.#applyToFiles(agent, fault.kind)))
      return
    }
    if (fault.kind === 'break-config') {
      const agents = this.#agents.filter(agent => agent.spec.context === fault.context)
      await Promise.all(agents.map(agent => agent.process.reload(brokenConfig(agent.spec, agent.configOptions))))
      return
    }
    if (fault.kind === 'switch-receiver') {
      const standIn = this.#standIns.get(fault.receiver)
      if (!standIn) throw new Error(`${this.#scenario.name}: ${fault.receiver} is not a stand-in`)
      standIn.behaviour = fault.behaviour
      return
    }
    const spec = this.#scenario.receivers.find(receiver => receiver.name === fault.receiver)
    await this.#centrals.get(fault.receiver)?.process.kill()
    await this.#standIns.get(fault.receiver)?.close()
    if (spec?.kind === 'prometheus') this.#lab.clusterOf(spec.context).api.removePod(labNamespace, `${spec.name}-0`)
  }

  async #applyToFiles(agent: RunningAgent, kind: LabFault['kind'] | 'fill-disk'): Promise<void> {
    const {dataDirectory} = agent.process
    if (kind === 'fill-disk') await fillDisk(dataDirectory)
    else await this.#restart(agent, kind === 'corrupt-wal' ? () => corruptWal(dataDirectory) : undefined)
  }
}

const labConditions: readonly string[] = [
  'log',
  'segment-gone',
  'caught-up',
  'metric-at-most',
] satisfies LabCondition['kind'][]

function isLabCondition(condition: Condition | LabCondition): condition is LabCondition {
  return labConditions.includes(condition.kind)
}
