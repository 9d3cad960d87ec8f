import type {LogShape} from '../../evidence/types.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatSeconds, timestampOf} from '../../units.ts'
import {unsent} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {readLog, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {reloadIt} from '../reload.ts'
import {agentWords, excerpt} from '../words.ts'

/** What Prometheus logs when it does not take a configuration (cmd/prometheus/main.go, discovery, storage/remote). */
const TELLING = /error (?:re)?loading config|couldn't load configuration|failed to apply configuration/i

export default defineCheck({
  id: 'config/reload-failed',
  title: 'every agent runs the configuration it was last given',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'log'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      if (agent.metrics === null || agent.process === null) return {unknown: missingMetrics(agent)}
      const successful = agent.process.lastReloadSuccessful
      if (successful === null) return {unknown: 'prometheus_config_last_reload_successful is not on its /metrics'}
      if (successful) return 'holds'
      const reason = reasonOf(agent)
      const runsSince = agent.process.lastReloadSuccessSeconds
      const since = reason?.last ?? null
      const loss = unsent(agent)
      return {
        severity: 'error',
        blame: 'config',
        title: `${agentWords(agent)} refused its new configuration and still runs with the old one`,
        ...(since !== null && {since}),
        evidence: [
          {what: 'last reload', value: 'failed', source: 'prometheus_config_last_reload_successful'},
          reason
            ? {
                what: 'reason',
                value: excerpt(reason.error ?? reason.sample),
                source: 'log',
                ...(reason.last !== null && {at: reason.last}),
              }
            : {
                what: 'reason',
                value: agent.log.read ? 'not in the log that was read' : 'the log could not be read',
                source: 'log',
              },
          ...(runsSince === null
            ? []
            : [
                {
                  what: 'runs with',
                  value: `the configuration of ${formatSeconds(facts.nowSeconds - runsSince)} ago`,
                  source: 'prometheus_config_last_reload_success_timestamp_seconds',
                  ...(timestampOf(runsSince) !== null && {at: timestampOf(runsSince) ?? ''}),
                },
              ]),
        ],
        why: 'The last change is not in effect, and the next restart fails: the agent would load the broken configuration and exit with code 2.',
        remedy: [
          {
            text: 'do not restart the agent before the configuration is fixed: it would not come up again',
            changes: false,
          },
          ...(loss === null
            ? []
            : [
                {
                  text: `a successful reload that changes remote_write or external_labels rebuilds the queue and discards ${loss}`,
                  changes: false,
                },
              ]),
          {text: 'read why it was refused', command: readLog(agent, {tail: 100}), changes: false},
          {
            text: `fix it in ${settingsOf(agent).configuration}`,
            command: settingsOf(agent).showConfiguration,
            changes: false,
          },
          ...reloadIt(agent),
        ],
      }
    }),
  documentation: `
\`prometheus_config_last_reload_successful\` is 0: the last reload was refused and the process runs on with the configuration before.
The reason is in the log (\`Error reloading config\`, \`Failed to apply configuration\`).

**Why it matters.** What was changed is not in force, and nothing else shows it. A restart reads the broken file and ends with
exit code 2, so the next eviction of the pod turns this into an outage.

**Threshold.** Any failed reload; \`PrometheusBadConfig\` of the Prometheus mixin waits 10 minutes.

**What to do.** Read the reason. Common ones: a field that agent mode refuses (\`alerting\`, \`rule_files\`, \`remote_read\`),
\`field max_retries not found\`, two equal remote_write entries, a file that is not mounted.

**What not to do.** Do not restart the agent to make it take the configuration.
`,
})

function reasonOf(agent: AgentFacts): LogShape | null {
  const telling = agent.log.shapes.filter(({message, error}) => TELLING.test(`${message} ${error ?? ''}`))
  // The line that carries the error says more than the one that only announces it.
  return (
    telling.sort(
      (a, b) => Number(b.error !== null) - Number(a.error !== null) || (b.last ?? '').localeCompare(a.last ?? ''),
    )[0] ?? null
  )
}
