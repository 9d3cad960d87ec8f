/** Commands that people copy: complete, with context and namespace, and safe to paste whatever the names hold. */
import type {AgentFacts} from '../facts/types.ts'

/** `kubectl --context C -n NS ARGUMENTS`; no `-n` when the namespace is null. */
export function kubectl(context: string, namespace: string | null, ...words: string[]): string {
  const scope = namespace === null ? [] : ['-n', namespace]
  return ['kubectl', '--context', context, ...scope, ...words].map(quoted).join(' ')
}

export function kubectlFor(agent: AgentFacts, ...words: string[]): string {
  return kubectl(agent.context, agent.namespace, ...words)
}

/** `promfleet COMMAND --context C -n NS --agent POD`: one more look at the same agent. */
export function promfleetFor(agent: AgentFacts, command: 'doctor' | 'logs', ...words: string[]): string {
  const scope = ['--context', agent.context, '-n', agent.namespace, '--agent', agent.pod]
  const servers = agent.signs.every(sign => sign === 'server') ? ['--include-servers'] : []
  return ['promfleet', command, ...scope, ...servers, ...words].map(quoted).join(' ')
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
  const jq = filter === undefined ? '' : ` | jq -r ${quoted(filter)}`
  if (localOnly) return readThroughTunnel(agent, path, jq)
  const place = `${scheme === 'https' ? 'https:' : ''}${agent.pod}:${port}`
  const address = `/api/v1/namespaces/${agent.namespace}/pods/${place}/proxy${routePrefix}${path}`
  return `${kubectlFor(agent, 'get', '--raw', address)}${jq}`
}

/** Opens a tunnel, asks once, and closes it again: complete for bash and zsh. `options` are curl's, `pipe` comes after it. */
export function readThroughTunnel(agent: AgentFacts, path: string, pipe = '', options = ''): string {
  const {scheme, port, routePrefix} = agent.evidence.web
  const tunnel = kubectlFor(agent, 'port-forward', `pod/${agent.pod}`, `${port}`)
  const ask = `curl -sS${scheme === 'https' ? 'k' : ''}${options} ${quoted(`${scheme}://localhost:${port}${routePrefix}${path}`)}`
  return `${tunnel} >/dev/null & sleep 3; ${ask}${pipe}; kill $!`
}

/** The running configuration as YAML, secrets masked by Prometheus. */
export function readRunningConfig(agent: AgentFacts): string {
  return readFromAgent(agent, '/api/v1/status/config', '.data.yaml')
}

/**
 * Where the agent's settings are kept: `kept` names what holds arguments and limits, `configuration` what holds the Prometheus
 * configuration; `show` prints it.
 */
export function settingsOf(agent: AgentFacts): {kept: string; configuration: string; show: string; operator: boolean} {
  const labels = agent.evidence.podStatus?.labels ?? {}
  const operated = agent.signs.includes('resource') || labels['app.kubernetes.io/managed-by'] === 'prometheus-operator'
  if (operated) {
    const name = labels['operator.prometheus.io/name'] ?? agent.name
    const isServer = labels['app.kubernetes.io/name'] === 'prometheus'
    const kind = isServer ? 'Prometheus' : 'PrometheusAgent'
    const resource = isServer ? 'prometheuses.monitoring.coreos.com' : 'prometheusagents.monitoring.coreos.com'
    return {
      kept: `the ${kind} ${name}`,
      configuration: `the ${kind} ${name}`,
      show: kubectlFor(agent, 'get', resource, name, '-o', 'yaml'),
      operator: true,
    }
  }
  const workload = agent.evidence.workload
  if (workload) {
    return {
      kept: `the ${workload.kind} ${workload.name}`,
      configuration: `the configuration mounted by the ${workload.kind} ${workload.name}`,
      show: kubectlFor(agent, 'get', workload.kind.toLowerCase(), workload.name, '-o', 'yaml'),
      operator: false,
    }
  }
  return {
    kept: `the manifest of pod ${agent.pod}`,
    configuration: `the configuration mounted by pod ${agent.pod}`,
    show: kubectlFor(agent, 'get', 'pod', agent.pod, '-o', 'yaml'),
    operator: false,
  }
}

/** Quotes for a POSIX shell where a word holds more than names and paths do. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
