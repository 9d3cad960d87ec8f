/**
 * Answers that name a failure of the receiver or of a proxy before it (502 to 504, any other 5xx): the batch is sent again until it
 * is taken (recoverable errors, storage/remote/client.go 2.32 to 3.14).
 */
import type {SendErrorSignature} from './signature.ts'

/** What all of them have in common. */
const passing = {severity: 'error', versions: null, recoverable: true} as const

/** The first row that fits wins; 5xx that the words of the answer explain stand before these: see receiver-answers.ts. */
export const PASSING_ANSWERS: readonly SendErrorSignature[] = [
  {
    ...passing,
    name: 'bad-gateway',
    class: 'bad-gateway',
    status: 502,
    pattern: null,
    cause: 'receiver/proxy',
    title: '502, a proxy cannot reach the receiver',
    meaning: 'A proxy in front of the receiver cannot reach it.',
    remedy: 'look at the receiver behind the proxy; do not restart the agent, it keeps and sends what waits',
  },
  {
    ...passing,
    name: 'proxy-without-receiver',
    class: 'bad-gateway',
    status: 503,
    // A page of nginx, HAProxy or a load balancer, and the words of Envoy and Traefik: no receiver answers in these.
    pattern: /^\s*<|no healthy upstream|upstream connect error|^no available server/i,
    cause: 'receiver/proxy',
    title: '503, a proxy has no receiver behind it',
    meaning: 'A proxy in front of the receiver has none to forward to, or lets no more requests through.',
    remedy: 'look at the receiver behind the proxy; do not restart the agent, it keeps and sends what waits',
  },
  {
    ...passing,
    name: 'unavailable',
    class: 'unavailable',
    status: 503,
    pattern: null,
    cause: 'receiver/failing',
    title: '503, the receiver is not available',
    meaning: 'The receiver is starting, overloaded or without a quorum, or a proxy has no receiver behind it.',
    remedy: 'look at the receiver; do not restart the agent, it keeps and sends what waits',
  },
  {
    ...passing,
    name: 'gateway-timeout',
    class: 'gateway-timeout',
    status: 504,
    pattern: null,
    cause: 'receiver/proxy',
    title: '504, the receiver does not answer the proxy',
    meaning: 'A proxy in front of the receiver got no answer from it in time.',
    remedy: 'look at the receiver behind the proxy; do not restart the agent, it keeps and sends what waits',
  },
  {
    ...passing,
    name: 'server-error',
    class: 'server-error',
    status: '5xx',
    pattern: null,
    apart: true,
    cause: 'receiver/failing',
    title: 'the receiver itself fails',
    meaning: 'The receiver itself fails; its words say why.',
    remedy: 'look at the log of the receiver; do not restart the agent, it keeps and sends what waits',
  },
]
