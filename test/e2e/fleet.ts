/**
 * The scenarios' second driver: pods in two clusters of any kubeconfig. One namespace per scenario for its agents, one for all
 * centrals, gone when it stops. Scenarios whose centrals are equal and stay as they are share one.
 */
import {randomBytes} from 'node:crypto'
import {describe, hasSent, measure, waitUntil} from '../lab/conditions.ts'
import type {
  AgentSpec,
  Condition,
  Fault,
  ReceiverSpec,
  RemoteWriteSpec,
  Scenario,
  Version,
} from '../scenarios/scenario.ts'
import type {Cluster} from './cluster.ts'
import {agentConfigFile, agentManifests, centralManifests, configMap, type Place} from './manifests.ts'
import {containerOf, pollEverySeconds, timeoutSeconds, waitForPod} from './pod-status.ts'

/** A pod that waits for less may be on its way. */
const tooLongSeconds = 62

/** The kubelet's back-off is visible from the second restart on. */
const crashes = 2

export interface FleetOptions {
  centrals: Cluster
  agents: Cluster
  image(version: Version): string
}

interface Agent {
  spec: AgentSpec
  place: Place
}

interface Central {
  place: Place
  address: Promise<string>
}

export class Fleet {
  /** In the names of its namespaces, and the value of `runLabel` on its pods. */
  readonly run = randomBytes(3).toString('hex')
  readonly #options: FleetOptions
  readonly #namespaces: {cluster: Cluster; name: string}[] = []
  readonly #centrals = new Map<string, Central>()
  readonly #ready = new Map<string, Promise<Agent[]>>()

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** All of them come about side by side; `ready` tells when each has. */
  async start(scenarios: Scenario[]): Promise<void> {
    const centrals = await this.#createNamespace(this.#options.centrals, 'centrals')
    for (const scenario of scenarios) {
      const ready = this.#start(scenario, centrals)
      ready.catch(() => undefined) // reported to whoever asks with ready()
      this.#ready.set(scenario.name, ready)
    }
  }

  /** Resolves to the names of the scenario's pods when all that it waits for is true; rejects with what is not. */
  async ready({name}: Scenario): Promise<string[]> {
    const agents = await this.#ready.get(name)
    if (agents === undefined) throw new Error(`${name} was not started`)
    return agents.map(({place}) => place.pod)
  }

  namespaceOf({name}: Pick<Scenario, 'name'>): string {
    return `promfleet-e2e-${name}-${this.run}`
  }

  /** Deletes every namespace, also of scenarios that failed to come about. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#ready.values())
    const results = await Promise.allSettled(this.#namespaces.map(({cluster, name}) => cluster.deleteNamespace(name)))
    const failures = results.flatMap(result => (result.status === 'rejected' ? [String(result.reason)] : []))
    if (failures.length > 0) throw new Error(`namespaces were left behind: ${failures.join('; ')}`)
  }

  async #createNamespace(cluster: Cluster, scenario: string): Promise<string> {
    const name = this.namespaceOf({name: scenario})
    this.#namespaces.push({cluster, name})
    await cluster.apply([{apiVersion: 'v1', kind: 'Namespace', metadata: {name}}])
    return name
  }

  async #start(scenario: Scenario, centralNamespace: string): Promise<Agent[]> {
    const cluster = this.#options.agents
    const namespace = await this.#createNamespace(cluster, scenario.name)
    const urls = new Map<string, string>()
    for (const receiver of scenario.receivers) {
      const central = await this.#central(receiver, centralNamespace, scenario)
      urls.set(receiver.name, `http://${await central.address}:9090/api/v1/write`)
    }
    const urlOf = ({to}: RemoteWriteSpec) => urls.get(to) ?? to
    const hasNamesakes = new Set(scenario.agents.map(({name}) => name)).size < scenario.agents.length
    const agents = scenario.agents.map(spec => ({
      spec,
      place: {
        run: this.run,
        namespace,
        pod: hasNamesakes ? `${spec.context}-${spec.name}` : spec.name,
        image: this.#options.image(spec.version),
        node: cluster.onlyNode,
      },
    }))
    const manifests = agents.flatMap(({spec, place}) => agentManifests(spec, place, urlOf))
    // A new namespace may not have its service account yet.
    await waitUntil(`${scenario.name}: pods to be taken`, 30, () => cluster.apply(manifests).then(() => null, String))
    await Promise.all(agents.map(agent => this.#meetFate(scenario, agent)))
    const running = agents.filter(({spec}) => (spec.fate ?? 'running') === 'running')
    if (scenario.fault) {
      await Promise.all(running.map(agent => this.#waitFor(scenario, agent, hasSent)))
      await this.#apply(scenario.fault, scenario, running, urlOf)
    }
    for (const condition of scenario.until) {
      const concerned = running.filter(({spec}) => !condition.context || spec.context === condition.context)
      await Promise.all(concerned.map(agent => this.#waitFor(scenario, agent, condition)))
    }
    return agents
  }

  /** Equal centrals are one, but those that something happens to are their scenario's own. */
  async #central(receiver: ReceiverSpec, namespace: string, scenario: Scenario): Promise<Central> {
    if (receiver.kind !== 'prometheus') throw new Error(`${scenario.name}: only the lab has a ${receiver.kind}`)
    const key = centralKey(receiver, scenario)
    const known = this.#centrals.get(key)
    if (known) return known
    const cluster = this.#options.centrals
    const image = this.#options.image(receiver.version)
    const place = {run: this.run, namespace, pod: `central-${this.#centrals.size}`, image, node: cluster.onlyNode}
    const create = async () => {
      const manifests = centralManifests(receiver, place)
      await waitUntil(`${place.pod} to be taken`, 30, () => cluster.apply(manifests).then(() => null, String))
      return waitForPod(cluster, place, status => (containerOf(status)?.ready && status.podIP) || null)
    }
    const central = {place, address: create()}
    this.#centrals.set(key, central)
    return central
  }

  #meetFate(scenario: Scenario, {spec, place}: Agent): Promise<unknown> {
    const fate = spec.fate ?? 'running'
    const cluster = this.#options.agents
    if (fate === 'running') return waitForPod(cluster, place, status => containerOf(status)?.state?.running ?? null)
    if (fate === 'pending' || fate === 'volume-missing')
      return waitUntil(`${scenario.name}: a pod that waits for too long`, timeoutSeconds, async () => {
        const pod = await cluster.pod(place.namespace, place.pod)
        const ageSeconds = (Date.now() - Date.parse(pod?.metadata.creationTimestamp ?? '')) / 1000
        return pod?.status.phase === 'Pending' && ageSeconds > tooLongSeconds
          ? null
          : `${ageSeconds} s, ${pod?.status.phase}`
      })
    const ends = fate === 'out-of-memory' ? 'OOMKilled' : 'Error'
    return waitForPod(cluster, place, status => {
      const container = containerOf(status)
      const isOver = container?.lastState?.terminated?.reason === ends && container.restartCount >= crashes
      return isOver && container.state?.waiting?.reason === 'CrashLoopBackOff' ? container : null
    })
  }

  async #apply(
    fault: Fault,
    scenario: Scenario,
    agents: Agent[],
    urlOf: (remoteWrite: RemoteWriteSpec) => string,
  ): Promise<void> {
    if (fault.kind === 'switch-receiver') throw new Error(`${scenario.name}: only the lab switches receivers`)
    if (fault.kind === 'break-config') {
      const concerned = agents.filter(({spec}) => spec.context === fault.context)
      await Promise.all(concerned.map(agent => this.#breakConfig(agent, urlOf)))
      return
    }
    if (fault.kind === 'fill-disk') {
      const concerned = agents.filter(({spec}) => spec.context === fault.context)
      await Promise.all(concerned.map(agent => this.#fillDisk(agent)))
      return
    }
    const receiver = scenario.receivers.find(({name}) => name === fault.receiver)
    const place = receiver && this.#centrals.get(centralKey(receiver, scenario))?.place
    if (!place) throw new Error(`${scenario.name}: no central is named ${fault.receiver}`)
    const cluster = this.#options.centrals
    const pod = ['-n', place.namespace, place.pod]
    if (fault.kind === 'remove-receiver') {
      await cluster.kubectl(['delete', 'pod', ...pod, '--timeout=60s'])
      return
    }
    await cluster.kubectl(['exec', ...pod, '-c', 'prometheus', '--', 'sh', '-c', 'kill 1'])
    await waitForPod(cluster, place, status => containerOf(status)?.state?.terminated ?? null)
  }

  /** A kubelet brings changed files with its next look at the pod, at the latest after its sync period. */
  async #breakConfig({spec, place}: Agent, urlOf: (remoteWrite: RemoteWriteSpec) => string): Promise<void> {
    const cluster = this.#options.agents
    await cluster.apply([configMap(place, {'prometheus.yml': agentConfigFile(spec, place, urlOf, true)})])
    // A pod that changes is looked at sooner.
    await cluster.kubectl(['annotate', 'pod', '-n', place.namespace, place.pod, 'promfleet.test/config=broken'])
    const reload = `/api/v1/namespaces/${place.namespace}/pods/${place.pod}:9090/proxy/-/reload`
    await waitUntil(`${place.pod}: a reload that fails`, timeoutSeconds, async () => {
      const answer = await cluster.ask(reload, {method: 'POST', body: ''})
      return answer?.status === 500 && answer.text.includes('reload')
        ? null
        : `answer ${answer?.status}: ${answer?.text}`
    })
  }

  /** dd ends when no byte is left. By its own name: images of tests may have no links to it. */
  async #fillDisk({place}: Agent): Promise<void> {
    const fill = '/bin/busybox dd if=/dev/zero of=/prometheus/somebody-elses-file bs=64k 2>/dev/null; true'
    const pod = ['-n', place.namespace, place.pod, '-c', 'prometheus']
    await this.#options.agents.kubectl(['exec', ...pod, '--', 'sh', '-c', fill])
  }

  async #waitFor(scenario: Scenario, {place}: Agent, condition: Condition): Promise<void> {
    const what = `${scenario.name}: ${place.pod} ${describe(condition)}`
    await waitUntil(
      what,
      timeoutSeconds,
      async () => {
        const text = await this.#options.agents.askPod(place.namespace, place.pod, '/metrics')
        if (text === null) return 'no answer'
        const seen = measure(condition, text)
        return seen.met ? null : `${seen.what} is ${seen.value}`
      },
      pollEverySeconds,
    )
  }
}

function centralKey(receiver: ReceiverSpec, scenario: Scenario): string {
  const isTouched = scenario.fault && 'receiver' in scenario.fault && scenario.fault.receiver === receiver.name
  return JSON.stringify([receiver, isTouched ? scenario.name : null])
}
