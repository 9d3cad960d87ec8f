import {readRunningConfig} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {sameLabelsLines, tellApart} from '../same-labels.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/duplicate-samples',
  title: 'no two agents write different values for one series',
  severity: 'error',
  classes: ['duplicate-sample'],
  explains: REFUSED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) =>
    `${addressOf(queue)} already has other values for series and timestamps of ${agentWords(agent)}`,
  evidence: ({facts, agent}) => sameLabelsLines(facts, agent),
  why: () => REFUSED_IS_LOST,
  remedy: ({facts, agent}) => [
    tellApart(
      facts,
      agent,
      'look for a second agent with the same external labels: both write the same series, and each loses some of the time',
    ),
    {text: 'see the external labels of this agent', command: readRunningConfig(agent), changes: false},
    checkAgain(agent),
  ],
  documentation: `
\`duplicate sample for timestamp\`: the receiver has another value for the same series and time, so two writers use the same
labels.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine. A request is taken or refused as a whole, and colliding
agents lose in turns: in one window one can be refused everything and the other nothing.

**What to do.** Give each agent an identity of its own in external_labels (cluster, and a replica label for HA pairs).

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})
