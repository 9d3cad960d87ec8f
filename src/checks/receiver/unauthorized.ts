import type {QueueError} from '../../facts/types.ts'
import {editAgent} from '../caution.ts'
import type {RemedyStep} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {
  NOTHING_LOST_YET,
  REFUSED,
  REFUSED_IS_LOST,
  RETRIED,
  type ReceiverCase,
  receiverCheck,
} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

const WORDS = {
  none: 'none',
  basic: 'basic_auth',
  authorization: 'authorization',
  oauth2: 'oauth2',
  sigv4: 'sigv4',
  azuread: 'azuread',
  'google-iam': 'google_iam',
  'client-certificate': 'a client certificate only',
} as const

export default receiverCheck({
  id: 'receiver/unauthorized',
  title: 'every receiver accepts the credentials of its agents',
  severity: 'error',
  classes: ['unauthorized', 'credentials-unreadable'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue, error}) =>
    isUnreadable(error)
      ? `${agentWords(agent)} cannot read a file with credentials or certificates for ${addressOf(queue)}`
      : queue.config?.auth === 'none'
        ? `${addressOf(queue)} wants credentials and ${agentWords(agent)} sends none`
        : `${addressOf(queue)} does not accept the credentials of ${agentWords(agent)}`,
  evidence: ({queue}) =>
    queue.config === null
      ? []
      : [{what: 'credentials', value: WORDS[queue.config.auth], source: 'agent configuration, remote_write'}],
  why: ({queue, error}) =>
    isUnreadable(error)
      ? `Without it nothing is sent. ${NOTHING_LOST_YET}`
      : queue.blocked
        ? 'The agent gets no token, so it sends nothing. It keeps retrying and sends the backlog once it gets one, as long as its WAL still holds it.'
        : REFUSED_IS_LOST,
  remedy: found => (isUnreadable(found.error) ? fileSteps(found) : credentialSteps(found)),
  documentation: `
The receiver, or a proxy in front of it, answers 401: it wants credentials or does not accept those it gets. An agent that cannot
fetch its OAuth2 token or cloud credentials, or read the file that holds them, counts too.

**Why it matters.** A 401 is final for remote write: the batch is dropped, not kept, and since 2.33 it moves
\`queue_highest_sent_timestamp_seconds\` along. An agent that is refused everything shows a lag of seconds.

**What is measured.** The answer in the agent's log within the last minutes, and a failed ratio of at least 1 % in the metrics.

**What to do.** Compare what the agent sends with what the receiver knows. Credentials from a file (\`password_file\`,
\`credentials_file\`) are read again without a reload; the operator writes them inline, so a new Secret means a reload.

**What not to do.** Do not test with an administrator's password from your machine: it proves that the receiver is up, not that
the agent may write. \`no org id\` is not this: see receiver/no-tenant.
`,
})

function isUnreadable(error: QueueError | null): boolean {
  return error?.class === 'credentials-unreadable'
}

function fileSteps({agent}: ReceiverCase): RemedyStep[] {
  return [
    {
      text: 'put the file where remote_write looks for it (the error names it): a Secret that is mounted there and readable by the user of the agent. It is read with each request, so nothing has to be reloaded or restarted',
      changes: true,
    },
    {text: 'see what is mounted where', command: settingsOf(agent).show, changes: false},
    checkAgain(agent),
  ]
}

function credentialSteps({agent, queue, neighbours}: ReceiverCase): RemedyStep[] {
  return [
    neighbours.shared
      ? {
          text: 'several agents are refused: look first at what changed at the receiver (its users, its web configuration, the proxy in front of it)',
          changes: false,
        }
      : {
          text: 'compare the user and password (or token) of the agent with what the receiver expects: they may have been rotated, have expired, or belong to another tenant',
          changes: false,
        },
    ...editAgent(
      agent,
      queue.config?.auth === 'none'
        ? `add basic_auth or authorization to remote_write in ${settingsOf(agent).configuration}`
        : `correct the credentials of remote_write (Secret, file or inline) in ${settingsOf(agent).configuration}`,
    ),
    {text: 'see where they come from', command: settingsOf(agent).showConfiguration, changes: false},
    checkAgain(agent),
  ]
}
