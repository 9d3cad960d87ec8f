/** Fills a store by remote write with what agents would have sent: their `up`, and their own metrics of remote write. */
import {Agent, request} from 'node:http'
import {encodeWriteRequest, WRITE_HEADERS, type WriteSeries} from '../../src/collect/remote-write/write-request.ts'

const STEP_SECONDS = 15

export interface StoredAgent {
  labels: Record<string, string>
  /** Names of the series that it sends beside its own metrics. */
  metrics: string[]
  targets: number
  /** Of its samples, before now. */
  fromSecondsAgo: number
  toSecondsAgo: number
  /** Of 100 samples that it sends each second. */
  failedPerSecond: number
  hasOwnMetrics: boolean
  /** As none but an agent tells with them. */
  runsAsAgent: boolean
  pod: string
  /** When it loaded its configuration. */
  loadedAtSeconds: number
  /** Between its samples. */
  stepSeconds: number
  /** Its counters began anew; null: they did not. */
  restartedSecondsAgo: number | null
  /** Where its queue writes to. */
  url: string
  /** Two processes write all its series in turn. */
  isPair: boolean
  /** When it last told how far apart its scrapes are; each life must be longer than that to tell. */
  intervalToSecondsAgo: number
}

export const storedAgent = (labels: Record<string, string>, rest: Partial<StoredAgent> = {}): StoredAgent => ({
  labels,
  metrics: ['up'],
  targets: 1,
  fromSecondsAgo: 1200,
  toSecondsAgo: 5,
  failedPerSecond: 0,
  hasOwnMetrics: true,
  runsAsAgent: false,
  pod: 'agent-0',
  loadedAtSeconds: 2000,
  stepSeconds: STEP_SECONDS,
  restartedSecondsAgo: null,
  url: 'http://central:9090/api/v1/write',
  isPair: false,
  intervalToSecondsAgo: 0,
  ...rest,
})

const MOST_SERIES_OF_A_REQUEST = 2000

/** `url`: of the write endpoint. Throws with the store's words when it refuses. */
export async function writeAgents(url: string, agents: Iterable<StoredAgent>, nowSeconds: number): Promise<void> {
  const connections = new Agent({keepAlive: true})
  try {
    let batch: WriteSeries[] = []
    for (const agent of agents) {
      batch.push(...seriesOf(agent, nowSeconds))
      if (batch.length < MOST_SERIES_OF_A_REQUEST) continue
      await post(url, batch, connections)
      batch = []
    }
    if (batch.length > 0) await post(url, batch, connections)
  } finally {
    connections.destroy()
  }
}

function seriesOf(agent: StoredAgent, nowSeconds: number): WriteSeries[] {
  const {labels, metrics, targets, failedPerSecond, hasOwnMetrics, fromSecondsAgo, toSecondsAgo, stepSeconds} = agent
  const count = Math.floor((fromSecondsAgo - toSecondsAgo) / stepSeconds) + 1
  const last = nowSeconds - toSecondsAgo
  const times = Array.from({length: count}, (_, index) => last - (count - 1 - index) * stepSeconds)
  const series = (name: string, more: Record<string, string>, figure: (index: number, at: number) => number) => ({
    labels: {__name__: name, ...labels, ...more},
    samples: times.map((at, index) => ({value: figure(index, at), atMilliseconds: Math.round(at * 1000)})),
  })
  const sent = metrics.flatMap(name =>
    Array.from({length: targets}, (_, target) => series(name, {job: 'app', instance: `10.0.0.${target}:80`}, () => 1)),
  )
  if (!hasOwnMetrics) return sent
  const process = {job: 'agent', namespace: 'monitoring', pod: agent.pod, instance: '10.1.0.1:9090'}
  const queue = {...process, remote_name: 'central', url: agent.url}
  const own = (name: string, more: Record<string, string>, figure: (index: number, at: number) => number) =>
    series(`prometheus_remote_storage_${name}`, more, figure)
  const ofInterval = {...process, quantile: '0.99', interval: '15s'}
  const interval = series('prometheus_target_interval_length_seconds', ofInterval, () => 15.01)
  const intervalUntil = nowSeconds - agent.intervalToSecondsAgo
  const restartedAt = nowSeconds - (agent.restartedSecondsAgo ?? Number.POSITIVE_INFINITY)
  const counter = (perSecond: number) => (index: number, at: number) =>
    (at < restartedAt || agent.restartedSecondsAgo === null ? index * stepSeconds : at - restartedAt) * perSecond
  return [
    ...sent,
    {...interval, samples: interval.samples.filter(({atMilliseconds}) => atMilliseconds / 1000 < intervalUntil)},
    series('prometheus_config_last_reload_success_timestamp_seconds', process, (index, at) =>
      agent.isPair && index % 2 === 1
        ? 1000
        : at < restartedAt || agent.restartedSecondsAgo === null
          ? agent.loadedAtSeconds
          : 3000,
    ),
    ...(agent.runsAsAgent ? [series('prometheus_agent_active_series', process, () => 500)] : []),
    own('highest_timestamp_in_seconds', process, (_, at) => at),
    own('samples_in_total', process, counter(100)),
    own('queue_highest_sent_timestamp_seconds', queue, (_, at) => at - 2),
    own('samples_total', queue, counter(100)),
    own('samples_failed_total', queue, counter(failedPerSecond)),
    own('samples_retried_total', queue, counter(0)),
    own('bytes_total', queue, counter(1500)),
    own('samples_pending', queue, () => 20),
    own('shards', queue, () => 1),
    own('shards_desired', queue, () => 0.1),
    own('shards_max', queue, () => 50),
    own('shards_min', queue, () => 1),
    own('shard_capacity', queue, () => 10_000),
  ]
}

function post(url: string, series: WriteSeries[], agent: Agent): Promise<void> {
  const body = encodeWriteRequest(series)
  return new Promise((resolve, reject) => {
    const sending = request(url, {method: 'POST', agent, headers: {...WRITE_HEADERS, 'content-length': body.length}})
    sending.on('error', reject)
    sending.on('response', response => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () =>
        (response.statusCode ?? 500) < 300 ? resolve() : reject(new Error(`${response.statusCode}: ${text}`)),
      )
    })
    sending.end(body)
  })
}
