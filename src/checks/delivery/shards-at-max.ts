import {formatSeconds} from '../../units.ts'
import {cautionBefore, isBehind} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine, lagWords} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {settingsOf} from '../kubectl.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'delivery/shards-at-max',
  title: 'queues have shards left to add',
  severity: 'warning',
  explains: ['delivery/behind', 'delivery/retrying', 'delivery/stalled'],
  needs: ['metrics', 'two-scrapes', 'config', 'targets'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      const {current, desired, max} = queue.levels.shards
      if (max === null) return {unknown: 'prometheus_remote_storage_shards_max is not on its /metrics'}
      const wantsMore = desired !== null && desired > max
      const atMax = current !== null && current >= max && isBehind(queue) && queue.catchUp.verdict !== 'yes'
      if (!wantsMore && !atMax) return 'holds'
      const {slowBatchSeconds} = facts.thresholds
      const slow = queue.batchSeconds !== null && queue.batchSeconds >= slowBatchSeconds
      return {
        severity: 'warning',
        blame: slow ? 'central' : 'config',
        title: `queue ${queue.name} of ${agentWords(agent)} runs ${current ?? max} of ${max} shards${wantsMore ? ` and wants ${Math.ceil(desired)}` : ''}`,
        evidence: [
          {
            what: 'shards',
            value: `${current ?? '?'} running, ${desired === null ? '?' : Math.ceil(desired)} desired, at most ${max}`,
            source: 'prometheus_remote_storage_shards*',
          },
          {
            what: 'one request',
            value:
              queue.batchSeconds === null
                ? 'not known'
                : `${formatSeconds(queue.batchSeconds)} on average (slow from ${formatSeconds(slowBatchSeconds)})`,
            source: 'sent_batch_duration_seconds',
          },
          deliveredLine(queue),
          {what: 'lag', value: lagWords(queue), source: 'metrics'},
        ],
        why: slow
          ? 'Requests take long, so the queue wants more shards than it may have: the receiver or the network is slow.'
          : 'Requests are fast, but too few run in parallel: max_shards holds the queue back.',
        remedy: [
          ...cautionBefore(agent),
          ...(slow
            ? [
                {
                  text: 'look at the receiver and the network first: more shards make a slow receiver slower',
                  changes: false,
                },
              ]
            : [
                {
                  text: `raise queue_config.max_shards${wantsMore ? ` above ${Math.ceil(desired)}` : ''} in ${settingsOf(agent).configuration}, once the agent has caught up`,
                  changes: true,
                },
              ]),
          {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
        ],
      }
    }),
  documentation: `
The queue wants more shards than \`max_shards\` allows (\`shards_desired\` > \`shards_max\`), or runs them all and falls behind.

**Why it matters.** A queue that cannot grow falls behind when the load or the latency rises. In a total outage \`shards_desired\` is not
updated, so this finding is about slowness, not about outages.

**Threshold.** \`PrometheusRemoteWriteDesiredShards\` of the Prometheus mixin: desired above max (there for 15 minutes).

**What to do.** Look at the mean duration of a request first. Slow requests: the receiver or the line. Quick ones: raise \`max_shards\`.
3.9 and 3.10 measure the duration wrongly (prometheus/prometheus#18214), so it is not shown there.

**What not to do.** Do not raise it while the agent is behind: the edit rebuilds the queue and discards the backlog.
`,
})
