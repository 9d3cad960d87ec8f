import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/rate-limited',
  title: 'receivers take the rate that agents send',
  severity: 'error',
  classes: ['rate-limited'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'central', othersFine: 'central'},
  headline: ({agent, queue}) => `${addressOf(queue)} rate-limits ${agentWords(agent)}`,
  why: ({agent, queue}) =>
    queue.config?.queue.retryOnHttp429 === true
      ? lossSoFar(agent, queue)
      : 'Without retry_on_http_429 every batch that gets a 429 is lost; with it the agent retries and falls behind.',
  remedy: ({agent, queue}) => [
    {
      text: 'raise the limit of the tenant at the receiver, or send fewer series (drop them at scrape time with metric_relabel_configs; operator: metricRelabelings)',
      changes: false,
    },
    ...(queue.config?.queue.retryOnHttp429 === true
      ? []
      : [
          ...editAndReload(
            agent,
            `set queue_config.retry_on_http_429: true (operator: retryOnRateLimit) in ${settingsOf(agent).configuration}`,
            {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
          ),
        ]),
    checkAgain(agent),
  ],
  documentation: `
429, or the words of a rate limit (\`ingestion rate limit\`, \`err-mimir-tenant-max-ingestion-rate\`).

**Why it matters.** \`retry_on_http_429\` is off by default: then each 429 drops a batch for good, while the lag looks fine.

**What to do.** Raise the limit or send less. Switch on \`retry_on_http_429\` when the limit is one of bursts; with a limit
below the steady rate it only turns loss into lag.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})
