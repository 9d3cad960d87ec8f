/** Receivers that cannot be reached, do not answer or answer with errors of their own: remote write tries again without end. */

import {hasSent} from '../../lab/conditions.ts'
import {behaviours} from '../../lab/receiver.ts'
import {central, oldEnough, retrying, stuck} from '../../scenarios/parts.ts'
import type {ReceiverBehaviour, RemoteWriteSpec} from '../../scenarios/scenario.ts'
import {agent, answering, type FaultCase} from '../fault-case.ts'

interface Outage {
  name: string
  title: string
  behaviour: ReceiverBehaviour
  topCause: string
  remoteWrite?: Partial<RemoteWriteSpec>
  /** No retry is counted while one looks. */
  isSilent?: true
}

const nginx = (words: string) =>
  `<html>\r\n<head><title>${words}</title></head>\r\n<body>\r\n<center><h1>${words}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`

const outages: Outage[] = [
  {
    name: 'failing',
    title: 'a receiver that answers 500 holds everything up, and nothing is lost yet',
    behaviour: behaviours.failing,
    topCause: 'receiver/failing',
  },
  {
    name: 'unavailable-retry-after',
    title: 'a 503 with Retry-After is a failing receiver',
    behaviour: behaviours.retryLater,
    topCause: 'receiver/failing',
  },
  {
    name: 'unavailable-for-an-hour',
    title: 'a receiver that asks to wait an hour has answered: nothing hangs, and the next try is an hour away',
    behaviour: {kind: 'answer', status: 503, body: 'overloaded\n', headers: {'retry-after': '3600'}},
    topCause: 'receiver/failing',
    isSilent: true,
  },
  {
    name: 'rate-limited-for-minutes',
    title: 'a 429 that asks to wait ten minutes is a rate limit before its answer is logged',
    behaviour: {kind: 'answer', status: 429, body: 'slow down\n', headers: {'retry-after': '600'}},
    topCause: 'receiver/rate-limited',
    remoteWrite: {queue: {retry_on_http_429: true}},
    isSilent: true,
  },
  {
    name: 'thanos-no-quorum',
    title: 'Thanos Receive without a quorum is a failing receiver',
    behaviour: {
      kind: 'answer',
      status: 503,
      body: 'replicate write request for endpoint thanos-receive-0:10901: quorum not reached: forwarding request to endpoint thanos-receive-1:10901: target not available\n',
    },
    topCause: 'receiver/failing',
  },
  {
    name: 'bad-gateway',
    title: 'a 502 of nginx comes from the proxy, which does not reach the receiver',
    behaviour: {
      kind: 'answer',
      status: 502,
      body: nginx('502 Bad Gateway'),
      headers: {'content-type': 'text/html', server: 'nginx'},
    },
    topCause: 'receiver/proxy',
  },
  {
    name: 'ingress-without-receiver',
    title: 'a 503 of nginx comes from the ingress, which has no pod to forward to',
    behaviour: {
      kind: 'answer',
      status: 503,
      body: nginx('503 Service Temporarily Unavailable'),
      headers: {'content-type': 'text/html', server: 'nginx'},
    },
    topCause: 'receiver/proxy',
  },
  {
    name: 'mesh-without-receiver',
    title: 'a 503 of Envoy comes from the mesh, whose receiver is gone',
    behaviour: {
      kind: 'answer',
      status: 503,
      body: 'upstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: delayed connect error: 111',
      headers: {server: 'envoy'},
    },
    topCause: 'receiver/proxy',
  },
  {
    name: 'receiver-disk-full',
    title: 'a receiver whose disk is full is failing, and the disk of the agent is not blamed for it',
    behaviour: {kind: 'answer', status: 500, body: 'write /prometheus/wal/00000012: no space left on device\n'},
    topCause: 'receiver/failing',
  },
  {
    name: 'connection-reset',
    title: 'connections that are cut while in use are a failing receiver or balancer',
    behaviour: behaviours.reset,
    topCause: 'receiver/failing',
  },
  {
    name: 'too-slow',
    title: 'a receiver that takes connections and answers after the time-out is slow, not unreachable',
    behaviour: {kind: 'slow', seconds: 10},
    topCause: 'receiver/slow',
    remoteWrite: {timeoutSeconds: 2},
  },
  {
    name: 'hang',
    title: 'a receiver that takes requests and never answers stalls the queue without one retry',
    behaviour: behaviours.hang,
    topCause: 'delivery/stalled',
    remoteWrite: {timeoutSeconds: 300},
    isSilent: true,
  },
  {
    name: 'redirect-loop',
    title: 'a redirect that leads to itself is a redirect',
    behaviour: {kind: 'answer', status: 307, headers: {location: '/api/v1/write'}},
    topCause: 'receiver/redirected',
  },
  {
    name: 'rate-limited-and-retried',
    title: 'a 429 that is tried again holds up and loses nothing yet',
    behaviour: behaviours.rateLimited,
    topCause: 'receiver/rate-limited',
    remoteWrite: {queue: {retry_on_http_429: true}},
  },
]

interface Unsent {
  name: string
  title: string
  /** Of its remote_write entry. */
  more: Record<string, unknown>
  topCause: string
}

/** Nothing ever leaves the agent for its receiver, which is well. */
const unsent: Unsent[] = [
  {
    name: 'password-file-missing',
    title: 'a password file that is not mounted is a matter of credentials, and loses nothing yet',
    more: {basic_auth: {username: 'agent', password_file: '/etc/prometheus/secrets/missing/password'}},
    topCause: 'receiver/unauthorized',
  },
  {
    name: 'identity-provider-refused',
    title: 'an identity provider that refuses connections is not taken for the receiver',
    more: {oauth2: {client_id: 'agent', client_secret: 'opensesame', token_url: 'http://127.0.0.1:1/token'}},
    topCause: 'receiver/unauthorized',
  },
  {
    name: 'identity-provider-not-resolved',
    title: 'an identity provider whose name does not resolve is not taken for the receiver',
    more: {oauth2: {client_id: 'agent', client_secret: 'opensesame', token_url: 'http://idp.example.invalid/token'}},
    topCause: 'receiver/unauthorized',
  },
  {
    name: 'forward-proxy-refused',
    title: 'a forward proxy that refuses connections is not taken for the receiver',
    more: {proxy_url: 'http://127.0.0.1:1'},
    topCause: 'receiver/proxy',
  },
]

export const outageCases: FaultCase[] = [
  ...unsent.map(
    ({name, title, more, topCause}): FaultCase => ({
      name,
      title,
      kind: 'fault',
      trouble: version => ({
        receivers: answering({kind: 'accept'}),
        agents: [agent(version, {more})],
        until: [oldEnough, retrying],
      }),
      expect: {topCause, state: 'behind', exitCode: 1},
    }),
  ),
  {
    name: 'refused',
    title: 'a central that stopped refuses connections, and its agents are behind within half a minute',
    kind: 'fault',
    trouble: version => ({
      receivers: [central],
      agents: [agent(version)],
      fault: {kind: 'stop-receiver', receiver: 'central'},
      until: [stuck],
    }),
    expect: {topCause: 'receiver/refused', state: 'behind', exitCode: 1},
  },
  {
    name: 'name-not-resolved',
    title: 'a name of another cluster does not resolve, and nothing was ever delivered',
    kind: 'fault',
    trouble: version => ({
      receivers: [],
      agents: [agent(version, {to: 'http://central-prometheus.monitoring.svc.invalid:9090/api/v1/write'})],
      until: [oldEnough, retrying],
    }),
    expect: {topCause: 'receiver/name-not-resolved', state: 'behind', exitCode: 1},
  },
  {
    name: 'black-hole',
    title: 'a firewall that drops packets is an unreachable receiver, not a slow one',
    kind: 'fault',
    trouble: version => ({
      receivers: [{kind: 'black-hole', name: 'central'}],
      agents: [agent(version, {timeoutSeconds: 2})],
      until: [oldEnough, retrying],
    }),
    expect: {topCause: 'receiver/unreachable', state: 'behind', exitCode: 1},
  },
  {
    name: 'shards-at-max',
    title: 'one shard over a slow line falls behind, and the limit of shards is the cause',
    kind: 'fault',
    trouble: version => ({
      receivers: answering({kind: 'slow', seconds: 2}),
      agents: [agent(version, {queue: {max_shards: 1, max_samples_per_send: 100, capacity: 1000}})],
      until: [hasSent, {kind: 'nothing-sent-for', seconds: 125}],
    }),
    expect: {topCause: 'delivery/shards-at-max', state: 'behind', exitCode: 1},
  },
  {
    name: 'target-ahead-in-outage',
    title: 'one target with timestamps minutes ahead does not hide an outage behind a lag of zero',
    kind: 'fault',
    trouble: version => ({
      receivers: answering({kind: 'accept'}),
      agents: [agent(version, {}, {targets: {kind: 'ahead', seconds: 500}})],
      fault: {kind: 'switch-receiver', receiver: 'central', behaviour: behaviours.unavailable},
      until: [oldEnough, retrying],
    }),
    expect: {topCause: 'receiver/failing', state: 'behind', exitCode: 1},
  },
  {
    name: 'restarted-while-behind',
    title: 'an agent that was restarted in an outage is still behind',
    kind: 'fault',
    trouble: version => ({
      receivers: answering({kind: 'accept'}),
      agents: [agent(version)],
      fault: {kind: 'switch-receiver', receiver: 'central', behaviour: behaviours.unavailable},
      next: [{wait: stuck}, {apply: {kind: 'restart-agent', context: 'cluster2'}}],
      until: [{kind: 'uptime', seconds: 25}, retrying],
    }),
    expect: {topCause: 'receiver/failing', state: 'behind', exitCode: 1},
  },
  ...outages.map(
    ({name, title, behaviour, topCause, remoteWrite, isSilent}): FaultCase => ({
      name,
      title,
      kind: 'fault',
      trouble: version => ({
        receivers: answering({kind: 'accept'}),
        agents: [agent(version, remoteWrite)],
        fault: {kind: 'switch-receiver', receiver: 'central', behaviour},
        until: isSilent ? [stuck] : [stuck, retrying],
      }),
      expect: {topCause, state: 'behind', exitCode: 1},
    }),
  ),
]
