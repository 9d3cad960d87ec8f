import {errorStatus} from '../../facts/log/error-classes.ts'
import type {AgentFacts, QueueError} from '../../facts/types.ts'
import {editAndReload} from '../caution.ts'
import type {RemedyStep} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/failing',
  title: 'receivers answer without errors of their own',
  severity: 'error',
  classes: ['server-error', 'label-not-unique', 'histograms-disabled', 'unavailable', 'connection-reset'],
  explains: RETRIED,
  blame: {alone: 'central', othersFine: 'central'},
  headline: ({agent, queue, error}) => `${addressOf(queue)} ${inWords(error, agentWords(agent))}`,
  why: ({agent, queue}) => lossSoFar(agent, queue),
  remedy: ({agent, error}) => [
    ...(error?.class === 'histograms-disabled'
      ? takeHistograms(agent)
      : [
          {
            text: 'look at the log of the receiver and of the proxy in front of it: it may be starting, overloaded, out of disk or without a quorum',
            changes: false,
          },
        ]),
    checkAgain(agent),
  ],
  documentation: `
5xx, or connections that are cut while in use: the receiver or its load balancer fails. 503 comes from a receiver that starts,
is overloaded or has no quorum; 502 and 504, and a 503 in the words of a proxy, are \`receiver/proxy\`.

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts.

**What to do.** Look at the receiver's own log. One batch that always gets 500 (\`label name is not unique\` on receivers up to
2.54) blocks its shard forever, and so does one with a native histogram at a Prometheus that takes none (\`native histograms are
disabled\`): up to 3.7 it wants \`--enable-feature=native-histograms\`.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

/** From 3.8 on a Prometheus takes them whatever its flags. */
function takeHistograms(agent: AgentFacts): RemedyStep[] {
  return [
    {
      text: 'let the receiver take native histograms: start it with --enable-feature=native-histograms, or upgrade it to 3.8, which needs no flag',
      changes: true,
    },
    ...editAndReload(agent, `or send none: send_native_histograms: false in ${settingsOf(agent).configuration}`),
  ]
}

function inWords(error: QueueError | null, agent: string): string {
  const status = errorStatus(error?.text ?? '')
  if (status !== null) return `answers ${agent} with status ${status}`
  return error?.class === 'unavailable'
    ? `asks ${agent} to wait before it sends again`
    : `cuts the connections of ${agent}`
}
