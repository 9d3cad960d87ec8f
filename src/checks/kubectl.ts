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

export function describePod(agent: AgentFacts): string {
  return kubectlFor(agent, 'describe', 'pod', agent.pod)
}

/** The log of the agent's container; the last run's with `previous`. */
export function readLog(agent: AgentFacts, options: {previous?: boolean; tail?: number} = {}): string {
  const which = options.previous ? ['--previous'] : []
  return kubectlFor(agent, 'logs', agent.pod, '-c', agent.evidence.container, ...which, `--tail=${options.tail ?? 50}`)
}

/** Reads a path of the agent's own web server; through a tunnel where it listens on localhost only. */
export function readFromAgent(agent: AgentFacts, path: string): string {
  const {scheme, port, routePrefix, localOnly} = agent.evidence.web
  if (localOnly) return kubectlFor(agent, 'port-forward', `pod/${agent.pod}`, `${port}`)
  const place = `${scheme === 'https' ? 'https:' : ''}${agent.pod}:${port}`
  return kubectlFor(
    agent,
    'get',
    '--raw',
    `/api/v1/namespaces/${agent.namespace}/pods/${place}/proxy${routePrefix}${path}`,
  )
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
      configuration: `the configuration that the ${workload.kind} ${workload.name} mounts`,
      show: kubectlFor(agent, 'get', workload.kind.toLowerCase(), workload.name, '-o', 'yaml'),
      operator: false,
    }
  }
  return {
    kept: `the manifest of pod ${agent.pod}`,
    configuration: `the configuration that pod ${agent.pod} mounts`,
    show: kubectlFor(agent, 'get', 'pod', agent.pod, '-o', 'yaml'),
    operator: false,
  }
}

/** Quotes for a POSIX shell where a word holds more than names and paths do. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
