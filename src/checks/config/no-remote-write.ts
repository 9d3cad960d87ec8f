import type {FleetFacts} from '../../facts/fleet.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {editAndReload} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {readRunningConfig, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'config/no-remote-write',
  title: 'every agent has an endpoint to write to',
  severity: 'error',
  explains: [],
  needs: ['config', 'metrics', 'agent-resources'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      // A server without remote_write is a server; only what is meant to be an agent needs an endpoint.
      if (agent.signs.every(sign => sign === 'server')) return 'does-not-apply'
      if (agent.config === null && agent.metrics === null) return {unknown: missingMetrics(agent)}
      if (agent.queues.length > 0 || (agent.config?.remoteWrites.length ?? 0) > 0) return 'holds'
      const wanted = urlsOfResource(agent, facts)
      const keepsNothing = agent.mode === 'agent'
      return {
        severity: 'error',
        blame: 'config',
        title: `${agentWords(agent)} has no remote_write: it scrapes and sends nothing`,
        evidence: [
          agent.config === null
            ? {what: 'queues', value: 'none', source: 'metrics: no prometheus_remote_storage_shards'}
            : {what: 'remote_write', value: 'no entry', source: 'running configuration, /api/v1/status/config'},
          ...(wanted.length > 0
            ? [{what: 'asked for', value: wanted.join(', '), source: 'PrometheusAgent resource'}]
            : []),
          ...(agent.process?.lastReloadSuccessful === false
            ? [
                {
                  what: 'last reload',
                  value: 'failed, see config/reload-failed',
                  source: 'prometheus_config_last_reload_successful',
                },
              ]
            : []),
        ],
        why: keepsNothing
          ? 'Without an endpoint everything an agent scrapes is deleted when its WAL is truncated; it has no local database to query. Prometheus accepts such a configuration without a warning.'
          : 'Nothing it scrapes reaches the central.',
        remedy: [
          ...editAndReload(
            agent,
            `add remote_write (operator: remoteWrite) to ${settingsOf(agent).configuration}`,
            {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
            {text: 'see the configuration it runs with', command: readRunningConfig(agent), changes: false},
          ),
        ],
      }
    }),
  documentation: `
The running configuration has no \`remote_write\` entry; where it cannot be read, there is no queue in the metrics
(\`prometheus_remote_storage_shards\`).

**Why it matters.** An agent without an endpoint is legal and says nothing about it: it scrapes, fills its WAL, and throws it away.

**What to do.** Add \`remote_write\` (\`remoteWrite\` in a PrometheusAgent; \`prometheus.prometheusSpec.remoteWrite\` in
kube-prometheus-stack). When the resource does name an endpoint and the running configuration lacks it, look at
config/reload-failed and at the config-reloader container.

**What not to do.** Nothing is to be saved here: data scraped before the endpoint existed is not sent afterwards, because remote write begins at its own start.
`,
})

function urlsOfResource(agent: AgentFacts, facts: FleetFacts): string[] {
  const resources = facts.contexts.find(context => context.name === agent.context)?.evidence.agentResources
  if (!resources?.ok || !agent.signs.includes('resource')) return []
  return (
    resources.value.find(({namespace, name}) => namespace === agent.namespace && name === agent.name)
      ?.remoteWriteUrls ?? []
  )
}
