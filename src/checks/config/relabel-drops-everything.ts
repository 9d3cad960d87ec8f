import {THRESHOLDS} from '../../facts/thresholds.ts'
import {defineCheck} from '../check.ts'
import {judgeQueues} from '../judge.ts'
import {readRunningConfig, settingsOf} from '../kubectl.ts'
import {relabelledAwayLine} from '../relabelled-away.ts'
import {reloadIt} from '../reload.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'config/relabel-drops-everything',
  title: 'write_relabel_configs leave something to send',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'config'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      const dropped = relabelledAwayLine(queue, agent)
      if (dropped === null) return 'holds'
      const rules = queue.config?.writeRelabelConfigs.filter(rule =>
        ['keep', 'drop', 'keepequal', 'dropequal'].includes(rule.action),
      )
      return {
        severity: 'error',
        blame: 'config',
        title: `write_relabel_configs of queue ${queue.name} of ${agentWords(agent)} drop every sample: nothing was ever sent`,
        evidence: [
          dropped,
          ...(rules ?? []).map(rule => ({
            what: 'rule',
            value: `${rule.action} where [${rule.sourceLabels.join(', ')}] matches ${rule.regex}`,
            source: 'running configuration, write_relabel_configs',
          })),
        ],
        why: 'Nothing fails and nothing is queued, so the queue looks healthy and idle, but no data arrives.',
        remedy: [
          {
            text: `fix the rules in ${settingsOf(agent).configuration}: a keep rule has to match the whole value, and a drop rule must not match an empty one by accident`,
            changes: true,
          },
          {text: 'see the configuration it runs with', command: readRunningConfig(agent), changes: false},
          ...reloadIt(agent),
        ],
      }
    }),
  documentation: `
At least ${THRESHOLDS.relabelledAwayRatio * 100} % of what the queue reads from the WAL is dropped by its \`write_relabel_configs\`
(\`samples_dropped_total{reason="dropped_series"}\`), and nothing was ever sent. Narrow keep lists, which drop most and send some, are
normal and not meant.

**Why it matters.** Dropping is not failing: no retry, no error, no lag. The queue looks idle and nothing arrives.

**What to do.** Look at the rules. Regular expressions are anchored on both sides, so \`regex: node\` keeps only the value
\`node\`. A guard such as \`drop where cluster matches ^$\` drops all when the external label \`cluster\` is missing: external labels are
added before these rules run.

**What not to do.** Do not remove the rules altogether on a busy agent: the receiver then gets everything at once.
`,
})
