/** A scrape target that answers as it is told: many series, none at all, too late, with timestamps of its own. */
import {once} from 'node:events'
import {createServer, type ServerResponse} from 'node:http'
import type {Socket} from 'node:net'
import type {TargetBehaviour} from '../scenarios/scenario.ts'
import type {Address} from './addresses.ts'

const text = {'content-type': 'text/plain; version=0.0.4; charset=utf-8'}

/** Listens at `address`; every path is a scrape. */
export async function startTarget(behaviour: TargetBehaviour, {host, port}: Address): Promise<{close(): void}> {
  let scrapes = 0
  const server = createServer((_request, response) => {
    scrapes += 1
    answer(behaviour, scrapes, response)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function answer(behaviour: TargetBehaviour, scrapes: number, response: ServerResponse): void {
  const now = Date.now()
  switch (behaviour.kind) {
    case 'series':
      response.writeHead(200, text).end(series(behaviour.count, behaviour.labelBytes ?? 0, scrapes))
      return
    case 'status':
      response.writeHead(behaviour.status, text).end()
      return
    case 'late':
      setTimeout(() => response.writeHead(200, text).end('app_up 1\n'), behaviour.seconds * 1000).unref()
      return
    case 'content-type':
      response.writeHead(200, {'content-type': behaviour.contentType}).end('{"status":"ok"}\n')
      return
    case 'same-time-twice':
      response.writeHead(200, text).end('app_requests_total 1\napp_requests_total 2\n')
      return
    case 'back-in-time':
      response.writeHead(200, text).end(`app_requests_total ${scrapes} ${now - scrapes * 2000}\napp_up 1\n`)
      return
    case 'ahead':
      response
        .writeHead(200, text)
        .end(`app_up 1\napp_requests_total ${scrapes} ${now + Math.round(behaviour.seconds * 1000)}\n`)
      return
  }
}

function series(count: number, labelBytes: number, scrapes: number): string {
  const padding = labelBytes > 0 ? `,padding="${'x'.repeat(labelBytes)}"` : ''
  const lines = ['# TYPE app_value gauge']
  for (let index = 0; index < count; index += 1) lines.push(`app_value{index="${index}"${padding}} ${scrapes + index}`)
  return `${lines.join('\n')}\n`
}
