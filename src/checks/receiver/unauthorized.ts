import {editAgent} from '../caution.ts'
import type {RemedyStep} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, RETRIED, type ReceiverCase, receiverCheck} from '../receiver-check.ts'
import {reloadIt} from '../reload.ts'
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
  classes: ['unauthorized', 'credentials-unreadable', 'no-token'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'config', othersFine: 'config'},
  headline: found => troubleOf(found).headline(found),
  evidence: ({queue}) =>
    queue.config === null
      ? []
      : [{what: 'credentials', value: WORDS[queue.config.auth], source: 'agent configuration, remote_write'}],
  why: found => troubleOf(found).why(found),
  remedy: found => troubleOf(found).remedy(found),
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

interface Trouble {
  headline: (found: ReceiverCase) => string
  why: (found: ReceiverCase) => string
  remedy: (found: ReceiverCase) => RemedyStep[]
}

function troubleOf({error}: ReceiverCase): Trouble {
  if (error?.class === 'credentials-unreadable') return UNREADABLE
  return error?.class === 'no-token' ? WITHOUT_TOKEN : NOT_ACCEPTED
}

const UNREADABLE: Trouble = {
  headline: ({agent, queue}) =>
    `${agentWords(agent)} cannot read a file with credentials or certificates for ${addressOf(queue)}`,
  why: ({agent, queue}) => `Without it nothing is sent. ${lossSoFar(agent, queue)}`,
  remedy: fileSteps,
}

const WITHOUT_TOKEN: Trouble = {
  headline: ({agent, queue, error}) =>
    `${agentWords(agent)} gets no token for ${addressOf(queue)}${tokenAddress(error?.text ?? '')}`,
  why: ({agent, queue}) => `Without a token it sends nothing. ${lossSoFar(agent, queue)}`,
  remedy: tokenSteps,
}

const NOT_ACCEPTED: Trouble = {
  headline: ({agent, queue}) =>
    queue.config?.auth === 'none'
      ? `${addressOf(queue)} wants credentials and ${agentWords(agent)} sends none`
      : `${addressOf(queue)} does not accept the credentials of ${agentWords(agent)}`,
  why: () => REFUSED_IS_LOST,
  remedy: credentialSteps,
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

/** Go wraps the request for the token, which names where it went, into the one for the receiver. */
function tokenAddress(text: string): string {
  const asked = /"[^"]*": (?:Post|Get) "(https?:\/\/[^"/?]+)/.exec(text)?.[1]
  return asked === undefined ? '' : ` from ${asked}`
}

function tokenSteps({agent, queue, error}: ReceiverCase): RemedyStep[] {
  return [
    tokenAddress(error?.text ?? '') === ''
      ? {
          text: 'compare client and secret (or cloud role) of the agent with what the identity provider knows: the error has its answer',
          changes: false,
        }
      : {
          text: 'look at the identity provider: is it up, does its name resolve in this cluster, and may this pod connect to it? Once it answers, the agent catches up by itself',
          changes: false,
        },
    ...editAgent(
      agent,
      queue.config?.auth === 'oauth2'
        ? `or correct oauth2 of remote_write (token_url, client, secret, scopes) in ${settingsOf(agent).configuration}`
        : `or correct the cloud credentials of remote_write (role of the service account, region, client) in ${settingsOf(agent).configuration}`,
    ),
    {text: 'see where they come from', command: settingsOf(agent).showConfiguration, changes: false},
    checkAgain(agent),
  ]
}

function credentialSteps({agent, queue, neighbours}: ReceiverCase): RemedyStep[] {
  // Files with credentials are read with each request.
  const isReadAtReload = queue.config?.auth === 'none' || queue.config?.hasInlineSecret === true
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
    ...(isReadAtReload ? reloadIt(agent) : []),
    checkAgain(agent),
  ]
}
