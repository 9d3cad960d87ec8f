import http from 'node:http'
import https from 'node:https'
import {createServer, type Socket} from 'node:net'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {type ApiServerConnection, connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import type {AgentAddress} from '../../../src/collect/connections.ts'
import {connectAgent} from '../../../src/collect/transport/transport.ts'
import {asMyself, contextOf, requestOptions, type StandIn, startPod, startStandIn} from '../stand-in.ts'

let standIn: StandIn
let api: ApiServerConnection
/** Connections that pods have now. */
const open = new Set<Socket>()
const pods: {close(): Promise<void>}[] = []

beforeEach(async () => {
  standIn = await startStandIn()
  api = connectApiServer(await contextOf(standIn), asMyself)
})
afterEach(async () => {
  vi.useRealTimers()
  api.close()
  await Promise.all(pods.splice(0).map(pod => pod.close()))
  await standIn.close()
})

async function aPod(server: http.Server | ReturnType<typeof createServer>): Promise<number> {
  server.on('connection', (socket: Socket) => open.add(socket.on('close', () => open.delete(socket))))
  const pod = await startPod(server)
  pods.push(pod)
  return pod.port
}

const webServer = (respond: http.RequestListener) => aPod(http.createServer(respond))

function connect(port: number, rest: Partial<AgentAddress> = {}) {
  const place = {namespace: 'monitoring', pod: 'agent-0', container: 'prometheus'}
  return connectAgent(api, {...place, port, scheme: 'http', credentials: null, ...rest}, 'port-forward')
}

const upgrades = () => standIn.seen.filter(line => line.includes('/portforward?')).length
const answered = (text: string) => ({ok: true, value: {body: Buffer.from(text)}})

/** A web server by hand: what it does with each request, by the number of its connection and of the request on that. */
function oddServer(take: (socket: Socket, connection: number, request: number) => void): Promise<number> {
  let connections = 0
  return aPod(
    createServer(socket => {
      const connection = ++connections
      let requests = 0
      socket.on('data', () => take(socket, connection, ++requests)).on('error', () => {})
    }),
  )
}

const sayOk = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')

describe('the stream to an agent', () => {
  it('carries one request after the other, of later connections to the same port, too', async () => {
    const port = await webServer((request, response) => response.end(request.url))
    for (const path of ['/-/ready', '/metrics', '/api/v1/targets']) {
      expect(await connect(port).get(path, requestOptions())).toMatchObject(answered(path))
    }
    expect(upgrades()).toBe(1)
  })

  it('is one of two at most, however many requests come at once', async () => {
    const port = await webServer((request, response) => response.end(request.url))
    const paths = Array.from({length: 12}, (_, index) => `/${index}`)
    const answers = await Promise.all(paths.map(path => connect(port).get(path, requestOptions())))
    expect(answers).toMatchObject(paths.map(answered))
    expect(upgrades()).toBe(2)
  })

  it('is its own for each port and pod', async () => {
    const port = await webServer((_request, response) => response.end())
    const other = await webServer((_request, response) => response.end())
    await connect(port).get('/', requestOptions())
    await connect(other).get('/', requestOptions())
    await connect(port, {pod: 'agent-1'}).get('/', requestOptions())
    expect(upgrades()).toBe(3)
  })

  it('keeps TLS up between requests', async () => {
    const {certificatePem, keyPem} = await standIn.authority.issue({commonName: 'agent'})
    let handshakes = 0
    const server = https.createServer({cert: certificatePem, key: keyPem}, (_request, response) => response.end('up'))
    const port = await aPod(server.on('secureConnection', () => (handshakes += 1)))
    for (const _ of [1, 2, 3]) {
      expect(await connect(port, {scheme: 'https'}).get('/', requestOptions())).toMatchObject(answered('up'))
    }
    expect([upgrades(), handshakes]).toEqual([1, 1])
  })

  it.each(['http', 'https'] as const)('that went away while idle is replaced without an error (%s)', async scheme => {
    const {certificatePem, keyPem} = await standIn.authority.issue({commonName: 'agent'})
    const respond: http.RequestListener = (_request, response) => response.end('ok')
    const port = await aPod(
      scheme === 'http' ? http.createServer(respond) : https.createServer({cert: certificatePem, key: keyPem}, respond),
    )
    const agent = connect(port, {scheme})
    for (const round of [1, 2, 3]) {
      expect(await agent.get('/', requestOptions())).toMatchObject(answered('ok'))
      expect(upgrades()).toBe(round)
      for (const socket of open) socket.destroy()
      await vi.waitFor(() => expect(open.size).toBe(0))
    }
    expect(agent.attempts()).toMatchObject([{outcome: 'ok'}])
  })

  it('that breaks before a byte of the answer came is replaced once', async () => {
    const port = await oddServer((socket, _connection, request) => {
      if (request === 1) sayOk(socket)
      else socket.destroy()
    })
    for (const round of [1, 2, 3]) {
      expect(await connect(port).get('/', requestOptions())).toMatchObject(answered('ok'))
      expect(upgrades()).toBe(round)
    }
  })

  it('that breaks takes the idle one beside it along, which is as old', async () => {
    const port = await oddServer((socket, _connection, request) => {
      if (request === 1) sayOk(socket)
      else socket.destroy()
    })
    await Promise.all([1, 2].map(() => connect(port).get('/', requestOptions())))
    expect(upgrades()).toBe(2)
    expect(await connect(port).get('/', requestOptions())).toMatchObject(answered('ok'))
    expect(upgrades()).toBe(3)
  })

  it('that breaks for a request that had waited for it is replaced, too', async () => {
    const port = await oddServer((socket, connection, request) => {
      if (request === 1 || connection > 2) sayOk(socket)
      else socket.destroy()
    })
    const answers = await Promise.all(Array.from({length: 6}, () => connect(port).get('/', requestOptions())))
    expect(answers).toMatchObject(answers.map(() => answered('ok')))
  })

  it('is tried once more and not for ever', async () => {
    const port = await oddServer((socket, connection) => (connection === 1 ? sayOk(socket) : socket.destroy()))
    expect(await connect(port).get('/', requestOptions())).toMatchObject(answered('ok'))
    for (const socket of open) socket.destroy()
    expect(await connect(port).get('/', requestOptions())).toMatchObject({ok: false, reason: 'unreachable'})
    expect(upgrades()).toBe(2)
  })

  it('that breaks in the middle of an answer is a cut, not repeated behind the back of the reader', async () => {
    const port = await oddServer((socket, _connection, request) => {
      if (request === 1) sayOk(socket)
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
    })
    await connect(port).get('/', requestOptions())
    expect(await connect(port).get('/', requestOptions())).toMatchObject({
      ok: false,
      reason: 'malformed',
      detail: expect.stringContaining('cut off after 4 bytes'),
    })
    expect(upgrades()).toBe(1)
  })

  it('ends with an answer that says so, and with one that is not read to its end', async () => {
    const closing = await webServer((_request, response) => response.setHeader('connection', 'close').end('ok'))
    const endless = await webServer((_request, response) => {
      const more = setInterval(() => response.write('x'.repeat(1000)), 1)
      response.on('close', () => clearInterval(more))
    })
    for (const port of [closing, closing]) await connect(port).get('/', requestOptions())
    for (const port of [endless, endless])
      expect(await connect(port).get('/', requestOptions({onChunk: () => 'enough'}))).toMatchObject({ok: true})
    expect(upgrades()).toBe(4)
    await vi.waitFor(() => expect(open.size).toBe(0))
  })

  it('is not kept when it is idle for half a minute', async () => {
    const port = await webServer((_request, response) => response.end('ok'))
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']})
    await connect(port).get('/', requestOptions())
    vi.advanceTimersByTime(29_000)
    await connect(port).get('/', requestOptions())
    expect(upgrades()).toBe(1)
    vi.advanceTimersByTime(31_000)
    vi.useRealTimers()
    await vi.waitFor(() => expect(open.size).toBe(0))
    expect(await connect(port).get('/', requestOptions())).toMatchObject(answered('ok'))
    expect(upgrades()).toBe(2)
  })

  it('leaves a request that hangs behind when the time for that is up', async () => {
    const port = await webServer((request, response) => {
      if (request.url !== '/hangs') response.end('ok')
    })
    const hanging = [1, 2, 3].map(() => connect(port).get('/hangs', requestOptions({timeoutSeconds: 0.3})))
    expect(await Promise.all(hanging)).toMatchObject(hanging.map(() => ({reason: 'timeout'})))
    expect(await connect(port).get('/', requestOptions())).toMatchObject(answered('ok'))
  })

  it('ends when the connection to the API server is closed, whatever is under way', async () => {
    const port = await webServer((request, response) => {
      if (request.url !== '/hangs') response.end('ok')
    })
    await connect(port).get('/', requestOptions())
    const hanging = [1, 2, 3].map(() => connect(port).get('/hangs', requestOptions()))
    await vi.waitFor(() => expect(open.size).toBe(2))
    api.close()
    for (const answer of await Promise.all(hanging)) expect(answer.ok).toBe(false)
    await vi.waitFor(() => expect(open.size).toBe(0))
    expect(upgrades()).toBe(2)
  })
})
