import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/series-limit',
  title: 'receivers have room for the series of agents',
  severity: 'error',
  classes: ['series-limit'],
  explains: REFUSED,
  blame: {alone: 'central', othersFine: 'config'},
  headline: ({agent, queue}) =>
    `${addressOf(queue)} is at its series limit and refuses new series of ${agentWords(agent)}`,
  why: () => REFUSED_IS_LOST,
  remedy: ({agent}) => [
    {
      text: 'raise the series limit of the tenant, or find the metric with most series and drop it at scrape time (metric_relabel_configs; operator: metricRelabelings)',
      changes: false,
    },
    checkAgain(agent),
  ],
  documentation: `
The tenant has as many series as the receiver allows (\`err-mimir-max-series-per-user\`, \`per-user series limit of N
exceeded\`): new ones are refused, and the batch they are in with them.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine.

**What to do.** Raise the limit, or find the metric that grew: compare \`prometheus_agent_active_series\` of the agents, then
drop it at the scrape.

**What not to do.** Do not filter at write time with one wide rule: it hides what is missing. Do not restart the agent or
edit its remote_write while it is behind: both discard the backlog.
`,
})
