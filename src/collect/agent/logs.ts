/** Container logs, digested while they stream in and never held whole; texts are cleaned and redacted as they are kept. */
import type {Collected, Failure, LogEvidence} from '../../evidence/types.ts'
import {createLogShapes, type LogDigest} from '../../facts/log/shapes.ts'
import {failureOf} from '../api-server/exchange-error.ts'
import {refusalOf} from '../api-server/status.ts'
import {collected, notApplicable} from '../collected.ts'
import type {ApiServer, HttpAnswer} from '../connections.ts'
import {keepText} from '../redact.ts'

const TIMEOUT_SECONDS = 45
/** Beyond this the newest lines are read from the end instead. */
const MAX_BYTES = 2 ** 30
const MAX_READ_BACK_BYTES = 2 ** 28
const TAIL_LINES_WHEN_CUT = 5000
const PREVIOUS_TAIL_LINES = 2000
const MAX_LINE = 4096
const MAX_WAL_LINES = 200

export interface ContainerLog {
  namespace: string
  pod: string
  container: string
}

/**
 * The log since `sinceSeconds`, with the checkpoint lines back to the truncation before last (`walLines`): truncations are two
 * hours apart by default (--storage.agent.wal-truncate-frequency), so the window asked for rarely holds two.
 * `earlierWalLines` are those of an earlier take of the same run of the container: then nothing is read back again.
 */
export async function readLog(
  api: ApiServer,
  log: ContainerLog,
  {sinceSeconds, earlierWalLines}: {sinceSeconds: number; earlierWalLines: string[] | null},
  signal: AbortSignal,
): Promise<Collected<LogEvidence>> {
  const recent = await digest(api, log, {sinceSeconds: String(Math.max(1, Math.ceil(sinceSeconds)))}, signal)
  if (!recent.ok || countTruncations(recent.value.walLines) >= 2) return recent
  const earlier = earlierWalLines ?? (await readBackWalLines(api, log, signal))
  const walLines = [...new Set([...earlier, ...recent.value.walLines])].slice(-MAX_WAL_LINES)
  return {...recent, value: {...recent.value, walLines}}
}

/** The end of the log of the container's previous run: what it said before it died. */
export function readPreviousLog(
  api: ApiServer,
  log: ContainerLog,
  signal: AbortSignal,
): Promise<Collected<LogEvidence>> {
  return digest(api, log, {previous: 'true', tailLines: String(PREVIOUS_TAIL_LINES)}, signal)
}

async function digest(
  api: ApiServer,
  log: ContainerLog,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<Collected<LogEvidence>> {
  const shapes = createLogShapes()
  let bytes = 0
  let truncated = false
  const take = (chunk: Buffer): 'more' | 'enough' => {
    bytes += chunk.length
    shapes.push(chunk.toString('latin1'))
    truncated ||= bytes >= MAX_BYTES
    return truncated ? 'enough' : 'more'
  }
  const path = logPath(log, query)
  const answer = await api.get(path, {signal, timeoutSeconds: TIMEOUT_SECONDS, maxBytes: MAX_BYTES, onChunk: take})
  // What was read before a time-out or a cut counts; only an answer that never began is a failure.
  if (!answer.ok && bytes === 0) return answer
  if (answer.ok && answer.value.status !== 200) return logRefusal(path, answer.value, log)
  if (!answer.ok) truncated = true
  if (truncated && !signal.aborted && query.tailLines === undefined) {
    shapes.push('\n')
    const tail = logPath(log, {tailLines: String(TAIL_LINES_WHEN_CUT)})
    const keep = (chunk: Buffer) => {
      shapes.push(chunk.toString('latin1'))
      return 'more' as const
    }
    await api.get(tail, {signal, timeoutSeconds: TIMEOUT_SECONDS, maxBytes: MAX_BYTES, onChunk: keep})
  }
  const digested = shapes.result()
  if (digested.lines === 1 && KUBELET_EXCUSE.test(digested.tail[0] ?? ''))
    return notApplicable(`no log is left: ${digested.tail[0]}`)
  return collected(logEvidence(digested, truncated))
}

/** With status 200, in place of the log of a container that the runtime has removed (kubelet's ReadLogs). */
const KUBELET_EXCUSE = /^(?:unable to retrieve container logs for|failed to try resolving symlinks in path)/

/** All WAL lines of the container's life, newest last; empty when the log cannot be read that far. */
async function readBackWalLines(api: ApiServer, log: ContainerLog, signal: AbortSignal): Promise<string[]> {
  const lines = createWalLineFilter()
  let bytes = 0
  await api.get(logPath(log, {}), {
    signal,
    timeoutSeconds: TIMEOUT_SECONDS,
    maxBytes: MAX_READ_BACK_BYTES,
    onChunk(chunk) {
      bytes += chunk.length
      lines.push(chunk.toString('latin1'))
      return bytes >= MAX_READ_BACK_BYTES ? 'enough' : 'more'
    },
  })
  return lines.result()
}

/** tsdb/agent/db.go and tsdb/wlog/checkpoint.go, both letter cases of 2.x and 3.x. */
const WAL_LINE = /(?:reating checkpoint|WAL (?:checkpoint complete|segment loaded)).*/g

function createWalLineFilter(): {push(chunk: string): void; result(): string[]} {
  let rest = ''
  let lines: string[] = []
  return {
    push(chunk) {
      const text = rest + chunk
      const end = text.lastIndexOf('\n')
      for (const {index, 0: found} of text.slice(0, end + 1).matchAll(WAL_LINE)) {
        const line = text.slice(text.lastIndexOf('\n', index) + 1, index + found.length)
        lines.push(keepText(Buffer.from(line, 'latin1').toString('utf8'), MAX_LINE))
      }
      if (lines.length > 2 * MAX_WAL_LINES) lines = lines.slice(-MAX_WAL_LINES)
      rest = text.slice(end + 1).slice(-65_536)
    },
    result: () => lines.slice(-MAX_WAL_LINES),
  }
}

function countTruncations(walLines: string[]): number {
  return walLines.filter(line => line.includes('reating checkpoint')).length
}

/** API path of a container's log; `query` as the Kubernetes API knows it. */
export function logPath({namespace, pod, container}: ContainerLog, query: Record<string, string>): string {
  const parameters = new URLSearchParams({container, ...query})
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${parameters}`
}

/** A 400 is the kubelet's or API server's word for "there is no such log": a container that waits, or never ran before. */
export function logRefusal(path: string, answer: HttpAnswer, {namespace, pod, container}: ContainerLog): Failure {
  const refused = failureOf(
    refusalOf('GET', path, answer, `the API server, for the log of container ${container} of ${namespace}/${pod},`),
  )
  return answer.status === 400 ? {...refused, reason: 'not-applicable'} : refused
}

function logEvidence(digested: LogDigest, truncated: boolean): LogEvidence {
  const keep = (text: string) => keepText(text, MAX_LINE)
  const keepOrNull = (text: string | null) => (text === null ? null : keep(text))
  return {
    ...digested,
    truncated,
    shapes: digested.shapes.map(shape => ({
      ...shape,
      message: keep(shape.message),
      component: keepOrNull(shape.component),
      queue: keepOrNull(shape.queue),
      url: keepOrNull(shape.url),
      error: keepOrNull(shape.error),
      sample: keep(shape.sample),
    })),
    tail: digested.tail.map(keep),
    walLines: digested.walLines.map(keep),
  }
}
