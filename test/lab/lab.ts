/** A fleet on loopback: real Prometheus processes behind small Kubernetes APIs, in the trouble that scenarios describe. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {Scenario} from '../scenarios/scenario.ts'
import {takeAddresses} from './addresses.ts'
import {type LabApiServer, startApiServer} from './kubernetes/api-server.ts'
import {createAuthority} from './kubernetes/certificates.ts'
import {kubeconfigOf} from './kubernetes/kubeconfig.ts'
import {labNamespace} from './kubernetes/pod-manifest.ts'
import type {PrometheusBinaries} from './prometheus.ts'
import type {PrometheusProcess} from './prometheus-process.ts'
import {ScenarioRun} from './scenario-run.ts'
import {writeTlsFiles} from './tls-files.ts'

export interface LabOptions {
  binaries: PrometheusBinaries
  /** Puts the scenario's name before each context's, so that several scenarios fit into one lab. Default: when there are several. */
  prefixContexts?: boolean
  /** 1 s scrape interval instead of Prometheus' defaults; default true. */
  fastClocks?: boolean
  /** See findVictoriaMetrics; for scenarios that have it as a receiver. */
  victoriaMetrics?: string | null
  /** What a scenario may take to come about. */
  timeoutSeconds?: number
  print?(line: string): void
}

export interface Lab {
  /** File with one admin context per cluster. */
  kubeconfig: string
  /** The same clusters as user `viewer`, who has no rights until `api(context).authorizer.setRules` gives some. */
  viewerKubeconfig: string
  /** As in the kubeconfig, in the order of the scenarios. */
  contexts: string[]
  /** The contexts of a scenario that have agents. */
  agentContexts(scenario: Scenario): string[]
  api(context: string): LabApiServer
  /** Files of the logs of a scenario's running agents. */
  logs(scenario: Scenario): string[]
  /** A scenario's running agents. */
  agents(scenario: Scenario): PrometheusProcess[]
  /** Its centrals that are real Prometheus processes: to stop them, and start them again. */
  centrals(scenario: Scenario): PrometheusProcess[]
  /** Resolves when all that the scenario waits for is true; rejects with what is not. */
  ready(scenario: Scenario): Promise<void>
  /** Ends every process and removes every file. */
  stop(): Promise<void>
}

/** Scenarios come about side by side; `ready` says when. Those whose Prometheus versions are missing throw here: leave them out. */
export async function startLab(scenarios: Scenario[], options: LabOptions): Promise<Lab> {
  const directory = await mkdtemp(path.join(tmpdir(), 'promfleet-lab-'))
  const addresses = await takeAddresses()
  const authority = await createAuthority('promfleet lab')
  const isPrefixed = options.prefixContexts ?? scenarios.length > 1
  const contextName = (scenario: Scenario, context: string) => (isPrefixed ? `${scenario.name}-${context}` : context)
  const servers = new Map<string, {name: string; number: number; api: LabApiServer}>()
  for (const scenario of scenarios) {
    for (const context of contextsOf(scenario)) {
      const name = contextName(scenario, context)
      if (servers.has(name)) continue
      const number = servers.size + 1
      const api = await startApiServer({authority, withOperator: true, ...(await addresses.apiServer(number))})
      for (const namespace of ['default', 'kube-system', labNamespace])
        api.store.put('namespaces', {
          metadata: {name: namespace},
          spec: {finalizers: ['kubernetes']},
          status: {phase: 'Active'},
        })
      servers.set(name, {name, number, api})
    }
  }
  const kubeconfig = path.join(directory, 'kubeconfig')
  const viewerKubeconfig = path.join(directory, 'kubeconfig-viewer')
  await writeFile(kubeconfig, kubeconfigOf([...servers.values()]), {mode: 0o600})
  await writeFile(viewerKubeconfig, kubeconfigOf([...servers.values()], 'viewer'), {mode: 0o600})

  const tlsDirectory = path.join(directory, 'tls')
  await writeTlsFiles(authority, tlsDirectory)

  const runs = new Map(
    scenarios.map(scenario => {
      const run = new ScenarioRun(scenario, {
        directory: path.join(directory, scenario.name),
        addresses,
        fastClocks: options.fastClocks ?? true,
        timeoutSeconds: options.timeoutSeconds ?? 150,
        authority,
        victoriaMetrics: options.victoriaMetrics ?? null,
        tlsDirectory,
        binaryOf(version) {
          const binary = options.binaries.paths[version]
          if (!binary) throw new Error(`Prometheus ${version} cannot be had: ${options.binaries.missing[version]}`)
          return binary
        },
        clusterOf(context) {
          const server = servers.get(contextName(scenario, context))
          if (!server) throw new Error(`no context ${context}`)
          return server
        },
        print: options.print ?? (() => undefined),
      })
      const ready = run.start()
      ready.catch(() => undefined) // reported to whoever asks with ready()
      return [scenario.name, {run, ready}]
    }),
  )
  return {
    kubeconfig,
    viewerKubeconfig,
    contexts: [...servers.keys()],
    agentContexts: scenario => [...new Set(scenario.agents.map(agent => contextName(scenario, agent.context)))],
    api(context) {
      const server = servers.get(context)
      if (!server) throw new Error(`no context ${context}; there are ${[...servers.keys()].join(', ')}`)
      return server.api
    },
    logs: scenario => runs.get(scenario.name)?.run.logs() ?? [],
    agents: scenario => runs.get(scenario.name)?.run.agents() ?? [],
    centrals: scenario => runs.get(scenario.name)?.run.centrals() ?? [],
    async ready(scenario) {
      await runs.get(scenario.name)?.ready
    },
    async stop() {
      try {
        await Promise.all([...runs.values()].map(({run}) => run.stop()))
        await Promise.all([...servers.values()].map(({api}) => api.close()))
      } finally {
        addresses.release()
        await rm(directory, {recursive: true, force: true, maxRetries: 3})
      }
    },
  }
}

function contextsOf(scenario: Scenario): string[] {
  const ofReceivers = scenario.receivers.flatMap(receiver => (receiver.kind === 'prometheus' ? [receiver.context] : []))
  return [...new Set([...ofReceivers, ...scenario.agents.map(agent => agent.context)])]
}
