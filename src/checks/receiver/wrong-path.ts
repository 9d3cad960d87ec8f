import type {AgentFacts} from '../../facts/types.ts'
import {editAndReload} from '../caution.ts'
import type {RemedyStep} from '../check.ts'
import {deliversWell} from '../delivery-figures.ts'
import {settingsOf} from '../kubectl.ts'
import {endpointOf} from '../neighbours.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, type ReceiverCase, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/wrong-path',
  title: 'there is a remote-write endpoint at every path',
  severity: 'error',
  classes: ['wrong-path', 'method-not-allowed'],
  explains: REFUSED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) =>
    `${agentWords(agent)} writes to ${addressOf(queue)}, which is not a remote-write endpoint`,
  why: () => REFUSED_IS_LOST,
  evidence: found => {
    const other = deliversBeside(found)
    return other === null
      ? []
      : [
          {
            what: 'others',
            value: `${agentWords(other.agent)} delivers to the same host at ${other.path}`,
            source: 'metrics and configuration',
          },
        ]
  },
  remedy: ({agent, error, queue, facts}) => [
    ...rightPath(deliversBeside({queue, facts})),
    {
      text: 'compare the path with what the receiver serves: /api/v1/write (Prometheus, with its route prefix), /api/v1/push (Mimir, Cortex), /api/v1/receive (Thanos)',
      changes: false,
    },
    ...(error?.class === 'method-not-allowed'
      ? [
          {
            text: 'a 405 can also come from a redirect that turns the POST into a GET: check whether http:// is redirected to https://',
            changes: false,
          },
        ]
      : []),
    ...editAndReload(agent, `correct the URL in ${settingsOf(agent).configuration}`, {
      text: 'see its current settings',
      command: settingsOf(agent).showConfiguration,
      changes: false,
    }),
    checkAgain(agent),
  ],
  documentation: `
404 or 405 in other words than those of a Prometheus whose receiver is off (that is receiver/disabled): \`404 page not found\`,
an ingress's HTML page, VictoriaMetrics' \`unsupported path requested\`. On 2.53 a followed redirect ends as 405.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine.

**What to do.** Correct path or route prefix: \`/api/v1/write\` for Prometheus and VictoriaMetrics, \`/api/v1/push\` for Mimir
and Cortex, \`/api/v1/receive\` for Thanos Receive. Where another agent of the fleet delivers to the same host, its path is named.
When it worked before, look at the ingress.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

/** Another queue of the fleet that delivers to the same host and port, and at which path; its own agent's too. */
function deliversBeside({
  queue,
  facts,
}: Pick<ReceiverCase, 'queue' | 'facts'>): {agent: AgentFacts; path: string} | null {
  const own = endpointOf(facts, queue)
  for (const {server, queues} of facts.endpoints) {
    if (server !== own?.server) continue
    for (const {agent, queue: other} of queues) {
      if (other.endpoint === null || other.endpoint.path === queue.endpoint?.path) continue
      if (deliversWell(other)) return {agent, path: other.endpoint.path}
    }
  }
  return null
}

function rightPath(other: ReturnType<typeof deliversBeside>): RemedyStep[] {
  if (other === null) return []
  return [
    {
      text: `the path is likely ${other.path}: ${agentWords(other.agent)} delivers to the same host there`,
      changes: false,
    },
  ]
}
