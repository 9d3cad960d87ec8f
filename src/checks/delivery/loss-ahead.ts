import {THRESHOLDS} from '../../facts/thresholds.ts'
import {formatSeconds} from '../../units.ts'
import {cautionBefore} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine, lagWords} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {type LossOutlook, lossBeginsLine, lossOutlook, openWindow} from '../loss-outlook.ts'
import {droppedByAge} from '../loss-so-far.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'delivery/loss-ahead',
  title: 'the backlog is sent before it is lost',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'two-scrapes', 'config', 'flags', 'targets', 'log', 'pod-status', 'claims'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      const {status, assumption} = queue.lossClock
      if (status === 'unknown') return {unknown: assumption === '' ? 'when loss begins is not known' : assumption}
      const outlook = lossOutlook(queue)
      // What goes on already is delivery/loss-happened.
      if (outlook === null || !outlook.isNear || droppedByAge(agent, queue) !== null) return 'holds'
      return {
        severity: 'error',
        blame: 'central',
        title: `${agentWords(agent)} ${beginningInWords(outlook)}`,
        evidence: [
          ...lossBeginsLine(queue),
          ...(assumption === '' ? [] : [{what: 'based on', value: assumption, source: 'flags, metrics and log'}]),
          {what: 'lag', value: lagWords(queue), source: 'metrics'},
          deliveredLine(queue),
        ],
        why: 'If nothing is sent until then, the oldest unsent samples are lost, and more with every truncation after that.',
        remedy: [
          ...cautionBefore(agent),
          openWindow,
          {
            text: 'fix the cause of the outage before then; changing remote_write or external_labels of the agent now would discard the backlog',
            changes: false,
          },
        ],
      }
    }),
  documentation: `
When the first unsent sample is beyond saving if nothing more is sent: the earliest of four clocks. Truncation: every 2 h
(\`--storage.agent.wal-truncate-frequency\`) the agent removes about two thirds of its WAL segments whatever was sent
(\`tsdb/agent/db.go\`), and the reader loses once its segment is among them. Receiver: a plain Prometheus refuses what is older than
max(1 h, \`out_of_order_time_window\`). Disk: the volume fills. Age limit: \`sample_age_limit\`.

**Why it matters.** It tells whether to get up now. The range is honest: which segments a truncation takes depends on numbers that
are not all visible.

**Threshold.** Within ${formatSeconds(THRESHOLDS.lossHorizonSeconds)}, and not catching up before.

**What to do.** Fix the outage first. Open the window of a plain Prometheus central before the agent returns, not after.

**What not to do.** Do not restart the agent: that loses at once what would be lost later. \`--storage.agent.retention.max-time\`
does not keep unsent data.
`,
})

function beginningInWords({when, what}: LossOutlook): string {
  return when === null ? `has begun to lose data: ${what}` : `begins to lose data ${when}, when ${what}`
}
