import {errorStatus} from '../../facts/log/error-classes.ts'
import {isRefusal} from '../../facts/queue/errors.ts'
import {editAndReload} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {isRejected, rejectedLine} from '../delivery-figures.ts'
import {judgeQueues} from '../judge.ts'
import {settingsOf} from '../kubectl.ts'
import {missingPiece} from '../missing.ts'
import {addressOf, agentWords, excerpt} from '../words.ts'

const TOO_MANY_REQUESTS = 429

export default defineCheck({
  id: 'config/rate-limit-drops',
  title: 'what a rate limit refuses is sent again',
  severity: 'error',
  explains: ['receiver/rate-limited', 'delivery/rejected'],
  needs: ['metrics', 'two-scrapes', 'log', 'config'],
  evaluate: facts =>
    judgeQueues(facts, (queue, agent) => {
      const error = queue.errors.find(
        own => own.current && isRefusal(own) && errorStatus(own.text) === TOO_MANY_REQUESTS,
      )
      if (!error) {
        const mayDrop = queue.config?.queue.retryOnHttp429 === false
        return isRejected(queue) && mayDrop && !agent.log.read
          ? {unknown: `it is refused, and by which answer is not known: ${missingPiece('its log', agent.evidence.log)}`}
          : 'holds'
      }
      const {configuration, showConfiguration: show} = settingsOf(agent)
      return {
        severity: 'error',
        blame: 'config',
        title: `${agentWords(agent)} drops what ${addressOf(queue)} refuses with 429, instead of sending it again`,
        ...(error.first !== null && {since: error.first}),
        evidence: [
          rejectedLine(queue),
          {
            what: 'answer',
            value: excerpt(error.text),
            source: 'log',
            ...(error.last !== null && {at: error.last}),
          },
          {
            what: 'retry_on_http_429',
            value: queue.config === null ? 'off: a refusal with 429 was final' : 'off',
            source: queue.config === null ? 'log' : 'running configuration, queue_config',
          },
        ],
        why: 'The limit is one of rate, so the same samples would be taken a moment later; without retry_on_http_429 each refused batch is gone for good, while the lag looks fine.',
        remedy: [
          {
            text: 'raise the rate limit of the tenant at the receiver: that stops the loss at once and touches no agent',
            changes: true,
          },
          ...editAndReload(
            agent,
            `set queue_config.retry_on_http_429: true (operator: queueConfig.retryOnRateLimit) in ${configuration}`,
          ),
          {
            text: 'where the limit lies below the steady rate, send less (metricRelabelings at the scrape): retries alone turn loss into lag',
            changes: false,
          },
          {text: 'see what is set', command: show, changes: false},
        ],
      }
    }),
  documentation: `
The receiver answers 429, and remote write gives these batches up (\`non-recoverable error\` with status 429 in the log, the failed
counter rising): \`retry_on_http_429\` is off, as it is by default.

**Why it matters.** Everything else that is temporary is sent again; a rate limit alone is not, unless it is asked for. Loss through a
burst of a minute, a restart of the receiver or one noisy tenant is then final.

**What to do.** First the limit at the receiver: that stops the loss at once. Then \`retry_on_http_429: true\`, which also keeps to the
receiver's Retry-After.

**What not to do.** Do not switch it on and leave a limit below the steady rate: the queue then falls behind until the WAL is
truncated past it. And not while the agent is behind: the edit rebuilds the queue.
`,
})
