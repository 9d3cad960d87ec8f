import type {QueueAtCentral} from '../../facts/central/types.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import type {AgentFacts, QueueFacts} from '../../facts/types.ts'
import {formatClockWithAge, formatCount, formatSeconds, timestampOf} from '../../units.ts'
import {identityWords, isNamed, storeLine} from '../at-central.ts'
import type {EvidenceLine, RemedyStep, Scope} from '../check.ts'
import {defineCheck} from '../check.ts'
import {deliveredLine} from '../delivery-figures.ts'
import {gather, type Judgement} from '../judge.ts'
import {readRunningConfig} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {queueScope} from '../scope.ts'
import {addressOf, agentWords} from '../words.ts'

export default defineCheck({
  id: 'central/not-fresh',
  title: 'what agents deliver is stored at the central',
  severity: 'error',
  explains: [],
  needs: ['central', 'metrics', 'two-scrapes', 'config', 'targets'],
  evaluate: facts =>
    gather(
      facts.agents.flatMap(agent =>
        agent.queues.flatMap((queue): [Scope, Judgement][] =>
          queue.atCentral === null ? [] : [[queueScope(agent, queue), judge(agent, queue, queue.atCentral, facts)]],
        ),
      ),
    ),
  documentation: `
A queue reports deliveries, and the store has no fresh sample of its agent: the newest one under the agent's external labels, as
write_relabel_configs leave them and without the label that names the replica, is missing or older than 5 min, two scrape intervals and
the lag.

**Why it matters.** 2xx is an answer, not a promise: a login page, a wrong route or a proxy says 200 as well. Then everything is lost
while every figure of the agent is green.

**What is measured.** The newest time of \`up\`, else of other series that every target has, else of any series with these labels, by
the central's query API; and the deliveries between the scrapes. An age is read against the agent's own clock.

**Severity.** An error where the queue's address is proven to lead to the very store that was asked: the queue is then losing. A
warning where it is not: the two contradict each other, and the agent may as well write to another store. Not judged where the clocks
of agent and central are more than 30 s apart, or where targets or rules give the series other labels.

**What to do.** Look at what answers at the address: \`curl -i\` shows whether it is a receiver. See that the URL in remote_write is the
one that leads to this central.

**What not to do.** Do not take a lag of a second for proof that data arrives.
`,
})

function judge(agent: AgentFacts, queue: QueueFacts, stored: QueueAtCentral, facts: FleetFacts): Judgement {
  const {freshness, unknownBecause, claimsDelivery, proof, central, identity} = stored
  if (freshness === 'unknown')
    return isNamed(central) ? {unknown: `whether it is stored is not known: ${unknownBecause}`} : 'does-not-apply'
  if (freshness !== 'old') return 'holds'
  if (!claimsDelivery) return 'does-not-apply' // then it is late or refused, and has findings of its own
  const severity = proof === null ? 'warning' : 'error'
  return {
    severity,
    blame: blameOf(stored),
    title:
      proof === null
        ? `${agentWords(agent)} delivers to ${addressOf(queue)}, and the central ${central.name} has nothing fresh of it`
        : `${addressOf(queue)} takes the samples of ${agentWords(agent)} and does not store them`,
    ...(stored.newestAt !== null && {since: stored.newestAt}),
    evidence: [newestLine(stored, facts), deliveredLine(queue), storeLine(stored), ...writesLine(stored)],
    why:
      proof === null
        ? 'Either the agent writes to another store than this, or what it sends is answered and not stored.'
        : 'The agent takes the answer for success and forgets the samples: they are lost. Its lag and its failure ratio look fine.',
    remedy: remedyOf(agent, queue, identity),
  }
}

function blameOf({proof}: QueueAtCentral): 'config' | 'proxy' | 'central' {
  if (proof === null) return 'config'
  return ['given-url', 'ingress', 'load-balancer'].includes(proof.kind) ? 'proxy' : 'central'
}

function newestLine({identity, newestAt, ageSeconds, limitSeconds}: QueueAtCentral, facts: FleetFacts): EvidenceLine {
  const now = timestampOf(facts.nowSeconds)
  const labels = identity === null ? '' : ` of ${identityWords(identity)}`
  const limit = `(limit ${formatSeconds(limitSeconds)})`
  const value =
    newestAt === null || ageSeconds === null || now === null
      ? `none${labels} within the last 5 min`
      : `${formatClockWithAge(newestAt, now)}${labels} ${limit}`
  return {what: 'newest sample', value, source: "the central's query API"}
}

/** Its own count tells whether writes get there at all. */
function writesLine({central: {writes}}: QueueAtCentral): EvidenceLine[] {
  if (writes === null) return []
  const {requests, refused, failed} = writes
  const value =
    requests === 0
      ? 'it has seen no write request since it started'
      : `${formatCount(requests)} write requests since it started, ${formatCount(refused)} refused, ${formatCount(failed)} failed`
  return [{what: 'its own count', value, source: 'prometheus_http_requests_total of the central'}]
}

function remedyOf(agent: AgentFacts, queue: QueueFacts, identity: Record<string, string> | null): RemedyStep[] {
  const {endpoint} = queue
  return [
    ...(endpoint === null
      ? []
      : [
          {
            text: 'see what answers there: a receiver says 405 to a GET, anything else is in front of it or in its place',
            command: `curl -si ${endpoint.address}`,
            changes: false,
          },
        ]),
    {
      text: `see that the URL of remote_write leads to this central, and under which labels its series are sent${identity === null ? '' : `: ${identityWords(identity)} was asked for`}`,
      command: readRunningConfig(agent),
      changes: false,
    },
    checkAgain(agent),
  ]
}
