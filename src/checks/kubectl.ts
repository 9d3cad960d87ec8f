/** Commands that people copy: complete, with context and namespace, and safe to paste whatever the names hold. */
import {configSource} from '../facts/config/source.ts'
import {scopeFlagsOf} from '../facts/scope-flags.ts'
import type {AgentFacts} from '../facts/types.ts'
import {shellWord} from '../shell-word.ts'

/** `kubectl --context C -n NS ARGUMENTS`; no `-n` when the namespace is null. */
export function kubectl(context: string, namespace: string | null, ...words: string[]): string {
  const scope = namespace === null ? [] : ['-n', namespace]
  return ['kubectl', '--context', context, ...scope, ...words].map(shellWord).join(' ')
}

export function kubectlFor(agent: AgentFacts, ...words: string[]): string {
  return kubectl(agent.context, agent.namespace, ...words)
}

/** `promfleet COMMAND --context C -n NS --agent POD`: one more look at the same agent. */
export function promfleetFor(agent: AgentFacts, command: 'doctor' | 'logs', ...words: string[]): string {
  return [`promfleet ${command}${scopeFlagsOf([agent])}`, ...words.map(shellWord)].join(' ')
}

export function describePod(agent: AgentFacts): string {
  return kubectlFor(agent, 'describe', 'pod', agent.pod)
}

/** The log of the agent's container; the last run's with `previous`. */
export function readLog(agent: AgentFacts, options: {previous?: boolean; tail?: number} = {}): string {
  const which = options.previous ? ['--previous'] : []
  return kubectlFor(agent, 'logs', agent.pod, '-c', agent.evidence.container, ...which, `--tail=${options.tail ?? 50}`)
}

/**
 * Reads a path of the agent's own web server; through a tunnel where it listens on localhost only. `filter` is a jq program that
 * leaves of the JSON what a reader needs.
 */
export function readFromAgent(agent: AgentFacts, path: string, filter?: string): string {
  const {scheme, port, routePrefix, localOnly} = agent.evidence.web
  const jq = filter === undefined ? '' : ` | jq -r ${shellWord(filter)}`
  if (localOnly) return readThroughTunnel(agent, path, jq)
  const place = `${scheme === 'https' ? 'https:' : ''}${agent.pod}:${port}`
  const address = `/api/v1/namespaces/${agent.namespace}/pods/${place}/proxy${routePrefix}${path}`
  return `${kubectlFor(agent, 'get', '--raw', address)}${jq}`
}

/** Opens a tunnel, asks once, and closes it again: complete for bash and zsh. `options` are curl's, `pipe` comes after it. */
export function readThroughTunnel(agent: AgentFacts, path: string, pipe = '', options = ''): string {
  const {scheme, port, routePrefix} = agent.evidence.web
  const tunnel = kubectlFor(agent, 'port-forward', `pod/${agent.pod}`, `${port}`)
  const ask = `curl -sS${scheme === 'https' ? 'k' : ''}${options} ${shellWord(`${scheme}://localhost:${port}${routePrefix}${path}`)}`
  return `${tunnel} >/dev/null & sleep 3; ${ask}${pipe}; kill $!`
}

/** The running configuration as YAML, secrets masked by Prometheus. */
export function readRunningConfig(agent: AgentFacts): string {
  return readFromAgent(agent, '/api/v1/status/config', '.data.yaml')
}

interface Settings {
  kept: string
  show: string
  configuration: string
  showConfiguration: string
  /** An operator writes the configuration from a resource of its own. */
  operator: boolean
}

/**
 * Where the agent's settings are kept: `kept` names what holds arguments and limits, and `show` prints it; `configuration` names what
 * holds the Prometheus configuration, and `showConfiguration` prints it, or what mounts it where it is a Secret.
 */
export function settingsOf(agent: AgentFacts): Settings {
  const labels = agent.evidence.podStatus?.labels ?? {}
  const operated = agent.signs.includes('resource') || labels['app.kubernetes.io/managed-by'] === 'prometheus-operator'
  if (operated) {
    const name = labels['operator.prometheus.io/name'] ?? agent.name
    const isServer = labels['app.kubernetes.io/name'] === 'prometheus'
    const kind = isServer ? 'Prometheus' : 'PrometheusAgent'
    const resource = isServer ? 'prometheuses.monitoring.coreos.com' : 'prometheusagents.monitoring.coreos.com'
    const show = kubectlFor(agent, 'get', resource, name, '-o', 'yaml')
    const kept = `the ${kind} ${name}`
    return {kept, show, configuration: kept, showConfiguration: show, operator: true}
  }
  const {workload} = agent.evidence
  const mounting = workload ? `the ${workload.kind} ${workload.name}` : `pod ${agent.pod}`
  const object = workload ? [workload.kind.toLowerCase(), workload.name] : ['pod', agent.pod]
  const show = kubectlFor(agent, 'get', ...object, '-o', 'yaml')
  const source = configSource(agent.evidence)
  const isOpen = source?.kind === 'ConfigMap'
  return {
    kept: workload ? mounting : `the manifest of ${mounting}`,
    show,
    configuration: source ? `the ${source.kind} ${source.name}` : `the configuration mounted by ${mounting}`,
    showConfiguration: isOpen ? kubectlFor(agent, 'get', 'configmap', source.name, '-o', 'yaml') : show,
    operator: false,
  }
}
