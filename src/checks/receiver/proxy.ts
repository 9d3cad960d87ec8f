import {watchAnswers} from '../receiver-address.ts'
import {REFUSED, RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/proxy',
  title: 'the proxy on the way lets agents through',
  severity: 'error',
  classes: ['proxy'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'proxy', othersFine: 'proxy'},
  headline: ({agent, queue}) =>
    `the proxy on the way from ${agentWords(agent)} to ${addressOf(queue)} does not let it through`,
  why: () =>
    'The proxy wants credentials (407, final for what is refused), cannot be reached, or refuses to connect to the receiver.',
  remedy: ({agent}) => [
    {
      text: 'look at the proxy: is it up, does it want credentials, may it connect to this host and port',
      changes: false,
    },
    {
      text: 'see proxy_url of the agent and the HTTP_PROXY and NO_PROXY of its pod: an address inside the cluster needs no proxy',
      changes: false,
    },
    watchAnswers(agent),
  ],
  documentation: `
407, \`proxyconnect tcp: ...\`, or the bare words of a proxy that refused CONNECT.

**Why it matters.** Nothing is delivered. A 407 is final for remote write: the batch is dropped; a proxy that cannot be
reached is retried.

**What to do.** Check the proxy, its allow list, and whether the agent should use it at all (\`proxy_url\`,
\`proxy_from_environment\`, \`no_proxy\`).

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard what waits.
`,
})
