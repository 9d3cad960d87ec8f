/** Makes one scenario come about in the lab: receivers, agents, their pods, and what then goes wrong. */
import path from 'node:path'
import type {
  AgentSpec,
  Fault,
  PodFate,
  ReceiverSpec,
  RemoteWriteSpec,
  Scenario,
  Version,
} from '../scenarios/scenario.ts'
import type {Address, AddressBook} from './addresses.ts'
import {startBlackHole} from './black-hole.ts'
import {hasSent, waitForCondition, waitUntil} from './conditions.ts'
import type {LabApiServer} from './kubernetes/api-server.ts'
import {labNamespace, podManifests} from './kubernetes/pod-manifest.ts'
import {agentConfig, brokenConfig, type ConfigOptions, centralConfig} from './prometheus-config.ts'
import {type PrometheusProcess, podArguments, type RunOptions, startPrometheus} from './prometheus-process.ts'
import {type FaultyReceiver, startReceiver} from './receiver.ts'

export interface Surroundings {
  directory: string
  addresses: AddressBook
  fastClocks: boolean
  timeoutSeconds: number
  binaryOf(version: Version): string
  clusterOf(context: string): {name: string; number: number; api: LabApiServer}
  print(line: string): void
}

interface RunningAgent {
  spec: AgentSpec
  process: PrometheusProcess
  configOptions: ConfigOptions
}

/** What a pod shows of the process behind it. */
interface ShownPod extends RunOptions {
  labels: Record<string, string>
  address: Address
  /** File of its log; null when it never ran. */
  log: string | null
  fate: PodFate
  exitCode: number
}

export class ScenarioRun {
  readonly #scenario: Scenario
  readonly #lab: Surroundings
  readonly #urls = new Map<string, string>()
  readonly #standIns = new Map<string, FaultyReceiver>()
  readonly #centrals = new Map<string, PrometheusProcess>()
  readonly #agents: RunningAgent[] = []
  readonly #atEnd: (() => Promise<unknown>)[] = []

  constructor(scenario: Scenario, lab: Surroundings) {
    this.#scenario = scenario
    this.#lab = lab
  }

  /** Resolves when everything in `until` is true. */
  async start(): Promise<void> {
    const {receivers, agents, fault, until} = this.#scenario
    await Promise.all(receivers.map(receiver => this.#startReceiver(receiver)))
    await Promise.all(agents.map(agent => this.#startAgent(agent)))
    if (fault) {
      await Promise.all(this.#agents.map(agent => this.#waitFor(agent, hasSent)))
      await this.#apply(fault)
    }
    for (const condition of until) {
      const concerned = this.#agents.filter(agent => !condition.context || agent.spec.context === condition.context)
      await Promise.all(concerned.map(agent => this.#waitFor(agent, condition)))
    }
    this.#lab.print(`${this.#scenario.name}: ready`)
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#atEnd.map(end => end()))
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
    this.#urls.set(receiver.name, `http://${host}:${port}`)
    if (receiver.kind === 'black-hole') {
      const blackHole = await startBlackHole(host, port)
      this.#atEnd.push(() => blackHole.close())
      return
    }
    const standIn = await startReceiver(receiver.behaviour, {host, port})
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
    }
    const central = await startPrometheus({
      ...options,
      binary: this.#lab.binaryOf(receiver.version),
      directory: path.join(this.#lab.directory, receiver.name),
      address,
      config: centralConfig(),
    })
    this.#centrals.set(receiver.name, central)
    this.#atEnd.push(() => central.process.kill())
    this.#urls.set(receiver.name, `http://${address.host}:${address.port}`)
    await waitUntil(`${receiver.name} to be ready`, this.#lab.timeoutSeconds, async () => {
      const answer = await central.get('/-/ready')
      return answer?.status === 200 ? null : `answer ${answer?.status ?? 'none'}`
    })
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
    }
    const options: RunOptions = {
      version: spec.version,
      runsAs: spec.runsAs ?? 'agent',
      takesRemoteWrite: false,
      basicAuth: null,
    }
    const labels = {
      'app.kubernetes.io/name': 'prometheus-agent',
      'app.kubernetes.io/instance': spec.name.replace(/-\d+$/, ''),
    }
    if (fate === 'pending') {
      this.#showPod(spec.context, spec.name, {...options, labels, address, log: null, fate, exitCode: 0})
      return
    }
    const agent = await startPrometheus({
      ...options,
      binary: this.#lab.binaryOf(spec.version),
      directory: path.join(this.#lab.directory, `${spec.context}-${spec.name}`),
      address,
      config: fate === 'crash-looping' ? brokenConfig(spec, configOptions) : agentConfig(spec, configOptions),
    })
    this.#atEnd.push(() => agent.process.kill())
    const exitCode = await this.#meetFate(agent, fate)
    if (fate === 'running') this.#agents.push({spec, process: agent, configOptions})
    this.#showPod(spec.context, spec.name, {...options, labels, address, log: agent.logFile, fate, exitCode})
  }

  /** Its exit code when it has ended: crashes are real ones, so that their logs are. */
  async #meetFate(agent: PrometheusProcess, fate: PodFate): Promise<number> {
    if (fate === 'running') return 0
    if (fate === 'crash-looping') return (await agent.process.ended) ?? 1
    if (fate === 'out-of-memory')
      await waitUntil('the agent to run before memory ends', this.#lab.timeoutSeconds, async () =>
        (await agent.get('/-/ready'))?.status === 200 ? null : 'not ready',
      )
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
    })
    for (const {resource, object} of others) cluster.api.store.put(resource, object)
    cluster.api.addPod(pod, {
      listeners: new Map(fate === 'running' ? [[9090, address]] : []),
      logs: new Map([['prometheus', {current: log, previous: fate === 'running' ? null : log}]]),
    })
  }

  #urlOf(remoteWrite: RemoteWriteSpec): string {
    if (remoteWrite.to.includes('://')) return remoteWrite.to
    const base = this.#urls.get(remoteWrite.to)
    if (!base) throw new Error(`${this.#scenario.name}: no receiver is named ${remoteWrite.to}`)
    return `${base}/api/v1/write`
  }

  async #apply(fault: Fault): Promise<void> {
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
}
