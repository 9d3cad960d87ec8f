/** A receiver of remote writes that notes when which samples arrived: what lag is, seen from where data is to be. */
import {once} from 'node:events'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo, Socket} from 'node:net'
import {setTimeout as wait} from 'node:timers/promises'
import protobuf from 'protobufjs/minimal.js'
import {uncompress} from 'snappyjs'

/** What becomes of a write: taken after so many seconds, refused with a status, or never answered. */
export type Answer = {afterSeconds: number} | {status: number} | 'never'

export interface Recorder {
  /** http://HOST:PORT/; the path below it names what is written. */
  url: string
  /** By path; asked for each write, so that it may be changed at any time. */
  answers: Map<string, () => Answer>
  /** Timestamp of the newest sample that had arrived by then, unix seconds; null: none had. */
  newestSeconds(path: string, atSeconds: number): number | null
  /** Timestamp of the oldest sample of the first write that was taken; null: none was. */
  firstSeconds(path: string): number | null
  close(): Promise<void>
}

interface Arrival {
  atSeconds: number
  oldestSeconds: number
  newestSeconds: number
}

/** Every other path is a scrape: a few gauges. */
export async function startRecorder(): Promise<Recorder> {
  const arrivals = new Map<string, Arrival[]>()
  const answers = new Map<string, () => Answer>()
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').slice(1)
    if (request.method !== 'POST') {
      response.writeHead(200, {'content-type': 'text/plain; version=0.0.4'}).end('a_gauge 1\nanother_gauge 2\n')
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const answer = answers.get(path)?.() ?? {afterSeconds: 0}
    if (answer === 'never') return
    if ('status' in answer) {
      response.writeHead(answer.status, {'content-type': 'text/plain'}).end('told to refuse\n')
      return
    }
    if (answer.afterSeconds > 0) await wait(answer.afterSeconds * 1000)
    const times = sampleTimes(Buffer.concat(chunks))
    const own = arrivals.get(path) ?? []
    arrivals.set(path, own)
    // Metadata is written on the same path and has no samples.
    if (times.length > 0) {
      const newestSeconds = times.reduce((newest, time) => Math.max(newest, time), own.at(-1)?.newestSeconds ?? 0)
      const oldestSeconds = times.reduce((oldest, time) => Math.min(oldest, time), Number.POSITIVE_INFINITY)
      own.push({atSeconds: Date.now() / 1000, oldestSeconds, newestSeconds})
    }
    response.writeHead(204).end()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answers,
    newestSeconds: (path, atSeconds) =>
      arrivals.get(path)?.findLast(arrival => arrival.atSeconds <= atSeconds)?.newestSeconds ?? null,
    firstSeconds: path => arrivals.get(path)?.[0]?.oldestSeconds ?? null,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Of prompb.WriteRequest: timeseries (1), of each its samples (2), of each its timestamp (2), milliseconds. */
function sampleTimes(body: Buffer): number[] {
  const reader = protobuf.Reader.create(uncompress(body))
  const times: number[] = []
  each(reader, reader.len, 1, seriesEnd => {
    each(reader, seriesEnd, 2, sampleEnd => {
      while (reader.pos < sampleEnd) {
        const tag = reader.uint32()
        if (tag >>> 3 === 2) times.push(Number(reader.int64()) / 1000)
        else reader.skipType(tag & 7)
      }
    })
  })
  return times
}

/** Calls back for each embedded message of that field number up to `end`; skips everything else. */
function each(reader: protobuf.Reader, end: number, field: number, take: (messageEnd: number) => void): void {
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 === field) take(reader.uint32() + reader.pos)
    else reader.skipType(tag & 7)
  }
}
