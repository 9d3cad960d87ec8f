/** Logs as a kubelet keeps them: one file per run of a container, each line with the time at which it was written. */
import {createReadStream, createWriteStream, type WriteStream} from 'node:fs'
import {createInterface} from 'node:readline'
import {Writable} from 'node:stream'
import type {KubernetesObject} from './objects.ts'
import {containersOf, type PodBacking} from './pods.ts'
import {badRequest} from './status.ts'

/** Takes a process's output and writes it down line by line with its time (RFC 3339, nanoseconds). */
export class ContainerLog extends Writable {
  readonly file: string
  readonly #out: WriteStream
  #rest = ''

  constructor(file: string) {
    super()
    this.file = file
    this.#out = createWriteStream(file)
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const time = new Date().toISOString().replace('Z', '000000Z')
    const lines = (this.#rest + chunk.toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    if (lines.length === 0) done()
    else this.#out.write(lines.map(line => `${time} ${line}\n`).join(''), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#rest) this.#out.write(`${new Date().toISOString().replace('Z', '000000Z')} ${this.#rest}\n`)
    this.#out.end(done)
  }
}

/** The lines that `query` (of pods/log) asks for, each with its line break; limitBytes cuts, in the middle of a line if need be. */
export async function* readLog(file: string, query: URLSearchParams): AsyncGenerator<string> {
  const since = query.get('sinceSeconds')
  const after = since ? Date.now() - Number(since) * 1000 : Date.parse(query.get('sinceTime') ?? '') || 0
  const tail = query.has('tailLines') ? Number(query.get('tailLines')) : null
  let left = query.has('limitBytes') ? Number(query.get('limitBytes')) : Number.POSITIVE_INFINITY
  const withTimes = query.get('timestamps') === 'true'
  const kept: string[] = []
  const selected = (async function* () {
    for await (const line of createInterface({input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY})) {
      const space = line.indexOf(' ')
      if (after > 0 && Date.parse(line.slice(0, space)) < after) continue
      const text = `${withTimes ? line : line.slice(space + 1)}\n`
      if (tail === null) yield text
      else if (tail > 0 && kept.push(text) > tail) kept.shift()
    }
    yield* kept
  })()
  for await (const line of selected) {
    const bytes = Buffer.from(line)
    if (bytes.length >= left) {
      yield bytes.subarray(0, left).toString()
      return
    }
    left -= bytes.length
    yield line
  }
}

/** The log file asked for; null when there is nothing to show yet. Throws with the API server's words. */
export function logFileOf(
  pod: KubernetesObject,
  backing: PodBacking | undefined,
  query: URLSearchParams,
): string | null {
  const names = containersOf(pod).map(container => container.name)
  const name = query.get('container') ?? (names.length === 1 ? names[0] : undefined)
  const podName = pod.metadata.name
  if (name === undefined)
    throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${names.join(' ')}]`)
  if (!names.includes(name)) throw badRequest(`container ${name} is not valid for pod ${podName}`)
  if (!(pod.spec as {nodeName?: string}).nodeName) return null
  const logs = backing?.logs.get(name)
  if (query.get('previous') === 'true') {
    if (!logs?.previous) throw badRequest(`previous terminated container "${name}" in pod "${podName}" not found`)
    return logs.previous
  }
  if (logs?.current) return logs.current
  const statuses =
    (pod.status as {containerStatuses?: {name: string; state?: {waiting?: {reason?: string}}}[]}).containerStatuses ??
    []
  const waiting = statuses.find(status => status.name === name)?.state?.waiting
  throw badRequest(
    `container "${name}" in pod "${podName}" is waiting to start: ${waiting?.reason ?? 'ContainerCreating'}`,
  )
}
