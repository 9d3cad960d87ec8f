/** Agents whose endpoint fails in a given way, as metrics and log show it together. */
import {type AgentOptions, aFailure, anAgent, type BuiltAgent} from '../../builders/evidence.ts'

const URL = 'http://central.example:9090/api/v1/write'

/** Retries for 11 minutes; `error` is what Go says after `Post "URL": `. */
export function retrying(error: string, options: AgentOptions = {}): BuiltAgent {
  const shape = {message: 'Failed to send batch, retrying', error: `Post "${URL}": ${error}`}
  return anAgent({queues: [{doing: 'retrying', forSeconds: 660}], log: [shape], ...options})
}

/** Everything is refused for 11 minutes with this status and body. */
export function refusing(answer: string, options: AgentOptions = {}): BuiltAgent {
  const shape = {
    level: 'error' as const,
    message: 'non-recoverable error',
    error: `server returned HTTP status ${answer}`,
  }
  return anAgent({queues: [{doing: 'failing', forSeconds: 660}], log: [shape], ...options})
}

/** 5xx: retried, with an answer. */
export function failing(answer: string, options: AgentOptions = {}): BuiltAgent {
  const shape = {message: 'Failed to send batch, retrying', error: `server returned HTTP status ${answer}`}
  return anAgent({queues: [{doing: 'retrying', forSeconds: 660}], log: [shape], ...options})
}

export const NO_LOG = aFailure('forbidden', 'pods/log is forbidden')

/** Adds the connection counters to each scrape, oldest first. */
export function withConnections(agent: BuiltAgent, each: Parameters<typeof connections>[0][]): BuiltAgent {
  for (const [index, scrape] of agent.evidence.scrapes.entries())
    if (scrape.ok) scrape.value.text += `${connections(each[index] ?? {})}\n`
  return agent
}

/** net_conntrack_dialer_* of remote write, as two scrapes show them. */
function connections(counts: {attempted?: number; established?: number; failed?: Record<string, number>}): string {
  const labels = 'dialer_name="remote_storage_write_client"'
  const failed = Object.entries(counts.failed ?? {}).map(
    ([reason, count]) => `net_conntrack_dialer_conn_failed_total{${labels},reason="${reason}"} ${count}`,
  )
  const attempted =
    counts.attempted === undefined ? [] : [`net_conntrack_dialer_conn_attempted_total{${labels}} ${counts.attempted}`]
  const established = `net_conntrack_dialer_conn_established_total{${labels}} ${counts.established ?? 1}`
  return [...attempted, established, ...failed].join('\n')
}
