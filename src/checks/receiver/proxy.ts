import {errorStatus} from '../../facts/log/error-classes.ts'
import type {ErrorClass} from '../../facts/log/signatures/signature.ts'
import type {QueueError} from '../../facts/types.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

/** Statuses that only a gateway gives: it took the request and did not get an answer from the receiver behind it. */
const GATEWAY: readonly ErrorClass[] = ['bad-gateway', 'gateway-timeout']

export default receiverCheck({
  id: 'receiver/proxy',
  title: 'proxies on the way let agents through',
  severity: 'error',
  classes: ['proxy', ...GATEWAY],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'proxy', othersFine: 'proxy'},
  headline: ({agent, queue, error}) =>
    isGateway(error)
      ? `the proxy in front of ${addressOf(queue)} does not reach the receiver behind it (status ${errorStatus(error?.text ?? '') ?? 502})`
      : `the proxy between ${agentWords(agent)} and ${addressOf(queue)} does not let it through`,
  why: ({agent, queue, error}) =>
    isGateway(error)
      ? `The proxy itself answers, so the way from the agent to it works. ${lossSoFar(agent, queue)}`
      : 'The proxy wants credentials (407: those samples are lost), cannot be reached, or refuses to connect to the receiver.',
  remedy: ({agent, error}) =>
    isGateway(error)
      ? [
          {
            text: 'look at the receiver behind the proxy: is it up, and does the proxy (ingress, mesh, load balancer) have the right address and port for it',
            changes: false,
          },
          ...(errorStatus(error?.text ?? '') === 503
            ? [
                {
                  text: 'look at the log of the proxy: does it have no pod to forward to, or does it limit requests (nginx answers 503 to those over its limit_req, too)',
                  changes: false,
                },
              ]
            : []),
          checkAgain(agent),
        ]
      : [
          {
            text: 'look at the proxy: is it up, does it want credentials, and may it connect to this host and port',
            changes: false,
          },
          {
            text: 'check proxy_url of the agent, and HTTP_PROXY and NO_PROXY of its pod: an address inside the cluster needs no proxy',
            changes: false,
          },
          checkAgain(agent),
        ],
  documentation: `
407, \`proxyconnect tcp: ...\`, or the bare words of a proxy that refused CONNECT: the proxy on the agent's side. 502 and 504, and
503 in the words of a proxy (a page of nginx, HAProxy or a load balancer, \`no healthy upstream\` of Envoy): a proxy before the
receiver, which does not get an answer from it.

**Why it matters.** Nothing is delivered. A 407 is final for remote write: the batch is dropped; a proxy that cannot be
reached is retried, and so are 502, 503 and 504.

**What to do.** Check the proxy, its allow list, and whether the agent should use it at all (\`proxy_url\`,
\`proxy_from_environment\`, \`no_proxy\`). For 502, 503 and 504 look behind the proxy: the receiver is down or too slow for it, or
its address there is wrong.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

function isGateway(error: QueueError | null): boolean {
  return error !== null && GATEWAY.includes(error.class)
}
