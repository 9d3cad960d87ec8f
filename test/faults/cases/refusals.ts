/** Answers that make remote write drop what it sent: every status but 2xx and 5xx, in the words of real receivers and proxies. */
import {behaviours} from '../../lab/receiver.ts'
import {central, credentials, refusing} from '../../scenarios/parts.ts'
import type {RemoteWriteSpec} from '../../scenarios/scenario.ts'
import {agent, answering, type FaultCase} from '../fault-case.ts'

interface Refusal {
  name: string
  title: string
  status: number
  body: string
  headers?: Record<string, string>
  topCause: string
  remoteWrite?: Partial<RemoteWriteSpec>
}

const html = {'content-type': 'text/html', server: 'nginx'}
const nginx = (words: string) =>
  `<html>\r\n<head><title>${words}</title></head>\r\n<body>\r\n<center><h1>${words}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`

const refusals: Refusal[] = [
  {
    name: 'unauthorized',
    title: 'a receiver that answers 401 loses every sample',
    status: 401,
    body: 'Unauthorized\n',
    topCause: 'receiver/unauthorized',
  },
  {
    name: 'forbidden',
    title: 'a receiver that answers 403 loses every sample',
    status: 403,
    body: 'Forbidden\n',
    topCause: 'receiver/forbidden',
  },
  {
    name: 'not-found-by-proxy',
    title: 'a 404 that nginx made is a wrong path, not a receiver switched off',
    status: 404,
    body: nginx('404 Not Found'),
    headers: html,
    topCause: 'receiver/wrong-path',
  },
  {
    name: 'too-large',
    title: 'a batch that is too large for the ingress is dropped for good',
    status: 413,
    body: nginx('413 Request Entity Too Large'),
    headers: html,
    topCause: 'receiver/payload-too-large',
  },
  {
    name: 'unsupported-protocol',
    title: 'a receiver that does not know the protobuf message refuses all',
    ...behaviours.unsupported,
    topCause: 'receiver/unsupported-protocol',
  },
  {
    name: 'rate-limited-and-dropped',
    title: 'a 429 drops samples where retry_on_http_429 is off, and that is the cause',
    ...behaviours.rateLimited,
    topCause: 'config/rate-limit-drops',
  },
  {
    name: 'plain-http-to-nginx-tls',
    title: "nginx's answer to plain HTTP on its TLS port is a wrong scheme",
    status: 400,
    // Up to 2.53 only the first line of a body reaches the log, so it is one line here.
    body: '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>\n',
    headers: html,
    topCause: 'receiver/scheme-mismatch',
  },
  {
    name: 'out-of-order',
    title: 'a receiver that has newer samples refuses older ones',
    status: 400,
    body: 'out of order sample\n',
    topCause: 'receiver/out-of-order',
  },
  {
    name: 'duplicate-samples',
    title: 'two writers of one series collide',
    status: 400,
    body: 'duplicate sample for timestamp\n',
    topCause: 'receiver/duplicate-samples',
  },
  {
    name: 'duplicate-samples-detailed',
    title: 'two writers of one series collide, in the words of 2.53 and later',
    status: 400,
    body: 'duplicate sample for timestamp 1763856000000; overrides not allowed: existing 1, new value 2\n',
    topCause: 'receiver/duplicate-samples',
  },
  {
    name: 'out-of-bounds',
    title: "backlog older than the receiver's head is refused",
    status: 400,
    body: 'out of bounds\n',
    topCause: 'receiver/out-of-bounds',
  },
  {
    name: 'out-of-bounds-future',
    title: 'timestamps too far in the future are refused',
    status: 400,
    body: 'out of bounds: timestamp is too far in the future\n',
    topCause: 'receiver/out-of-bounds',
  },
  {
    name: 'too-old',
    title: 'backlog beyond the out-of-order window is refused',
    status: 400,
    body: 'too old sample\n',
    topCause: 'receiver/out-of-bounds',
  },
  {
    name: 'no-tenant',
    title: 'a multi-tenant receiver without a tenant header refuses all, and it is not the password',
    status: 401,
    body: 'no org id\n',
    topCause: 'receiver/no-tenant',
  },
  {
    name: 'cortex-series-limit',
    title: "a tenant's series limit refuses what is new",
    status: 400,
    body: 'user=prod: per-user series limit of 150000 exceeded, please contact administrator to raise it\n',
    topCause: 'receiver/series-limit',
  },
  {
    name: 'mimir-series-limit',
    title: "Mimir's series limit, by its error id",
    status: 400,
    body: 'failed pushing to ingester: user=prod: per-user series limit of 150000 exceeded (err-mimir-max-series-per-user). To adjust the related per-tenant limit, configure -ingester.max-global-series-per-user, or contact your service administrator.\n',
    topCause: 'receiver/series-limit',
  },
  {
    name: 'mimir-label-too-long',
    title: 'a label that Mimir finds too long is a refusal in its own words',
    status: 400,
    body: "received a series whose label value length exceeds the limit, label: 'path', value: '/a/b' (truncated) series: 'http_requests_total' (err-mimir-label-value-too-long). To adjust the related per-tenant limit, configure -validation.max-length-label-value, or contact your service administrator.\n",
    topCause: 'delivery/rejected',
  },
  {
    name: 'mimir-out-of-order',
    title: "Mimir's out-of-order refusal, by its error id",
    status: 400,
    body: 'failed pushing to ingester: user=prod: the sample has been rejected because another sample with a more recent timestamp has already been ingested and out-of-order samples are not allowed (err-mimir-sample-out-of-order). The affected sample has timestamp 2026-11-23T04:00:00Z and is from series up{job="prometheus"}\n',
    topCause: 'receiver/out-of-order',
  },
  {
    name: 'mimir-too-old',
    title: "Mimir's refusal of old samples, by its error id",
    status: 400,
    body: 'failed pushing to ingester: user=prod: the sample has been rejected because its timestamp is too old (err-mimir-sample-timestamp-too-old). The affected sample has timestamp 2026-11-23T01:00:00Z and is from series up{job="prometheus"}\n',
    topCause: 'receiver/out-of-bounds',
  },
  {
    name: 'mimir-rate-limit',
    title: "Mimir's ingestion rate limit drops samples where 429 is not retried",
    status: 429,
    body: 'the request has been rejected because the tenant exceeded the ingestion rate limit, set to 10000 items/s with a maximum allowed burst of 200000 (err-mimir-tenant-max-ingestion-rate). To adjust the related per-tenant limits, configure -distributor.ingestion-rate-limit and -distributor.ingestion-burst-size, or contact your service administrator.\n',
    topCause: 'config/rate-limit-drops',
  },
  {
    name: 'thanos-out-of-order',
    title: 'Thanos Receive says out of order as a conflict',
    status: 409,
    body: 'store locally for endpoint thanos-receive-0:10901: add 12 samples: out of order sample\n',
    topCause: 'receiver/out-of-order',
  },
  {
    name: 'thanos-out-of-bounds',
    title: 'Thanos Receive says out of bounds as a conflict',
    status: 409,
    body: 'store locally for endpoint thanos-receive-0:10901: add 12 samples: out of bounds\n',
    topCause: 'receiver/out-of-bounds',
  },
]

/** Real receivers say these themselves. */
const real: FaultCase[] = [
  {
    name: 'receiver-disabled',
    title: 'a central with its receiver switched off loses everything it is sent, whatever the lag says',
    kind: 'fault',
    trouble: version => ({
      receivers: [{...central, version, takesRemoteWrite: false}],
      agents: [agent(version)],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/disabled', state: 'losing', exitCode: 1},
  },
  {
    name: 'wrong-path',
    title: 'a path that the central does not have is a wrong path',
    kind: 'fault',
    trouble: version => ({
      receivers: [{...central, version}],
      agents: [agent(version, {path: '/api/v1/receive'})],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/wrong-path', state: 'losing', exitCode: 1},
  },
  {
    name: 'wrong-method',
    title: 'a path that takes no POST is a wrong path',
    kind: 'fault',
    trouble: version => ({
      receivers: [{...central, version}],
      agents: [agent(version, {path: '/-/healthy'})],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/wrong-path', state: 'losing', exitCode: 1},
  },
  {
    name: 'victoriametrics-wrong-path',
    title: 'VictoriaMetrics answers a path that it does not know with 400, and it is a wrong path',
    kind: 'fault',
    needs: 'victoria-metrics',
    trouble: version => ({
      receivers: [{kind: 'victoria-metrics', name: 'central'}],
      agents: [agent(version, {path: '/api/v1/receive'})],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/wrong-path', state: 'losing', exitCode: 1},
  },
  {
    name: 'victoriametrics-unauthorized',
    title: 'VictoriaMetrics that wants a password says 401',
    kind: 'fault',
    needs: 'victoria-metrics',
    trouble: version => ({
      receivers: [
        {
          kind: 'victoria-metrics',
          name: 'central',
          flags: [`-httpAuth.username=${credentials.username}`, `-httpAuth.password=${credentials.password}`],
        },
      ],
      agents: [agent(version)],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/unauthorized', state: 'losing', exitCode: 1},
  },
  {
    name: 'proxy-authentication',
    title: 'a forward proxy that wants a password is named, not the receiver behind it',
    kind: 'fault',
    trouble: version => ({
      receivers: [
        ...answering({kind: 'accept'}),
        {
          kind: 'stand-in',
          name: 'proxy',
          behaviour: {
            kind: 'answer',
            status: 407,
            body: 'Proxy Authentication Required\n',
            headers: {'proxy-authenticate': 'Basic realm="corporate"'},
          },
        },
      ],
      agents: [agent(version, {proxy: 'proxy'})],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/proxy', state: 'losing', exitCode: 1},
  },
]

export const refusalCases: FaultCase[] = [
  ...real,
  ...refusals.map(({name, title, topCause, remoteWrite, ...answer}): FaultCase => {
    const {status, body, headers} = answer
    return {
      name,
      title,
      kind: 'fault',
      trouble: version => ({
        receivers: answering({kind: 'answer', status, body, ...(headers ? {headers} : {})}),
        agents: [agent(version, remoteWrite)],
        until: [refusing],
      }),
      expect: {topCause, state: 'losing', exitCode: 1},
    }
  }),
]
