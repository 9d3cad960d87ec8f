import http from 'node:http'
import https from 'node:https'
import {createServer} from 'node:net'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {gzipSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {type ApiServerConnection, connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import type {AgentAddress} from '../../../src/collect/connections.ts'
import {connectAgent} from '../../../src/collect/transport/transport.ts'
import type {TransportChoice} from '../../../src/evidence/types.ts'
import {answerStatus, asMyself, contextOf, requestOptions, type StandIn, startPod, startStandIn} from '../stand-in.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

let standIn: StandIn
let api: ApiServerConnection
const pods: {close(): Promise<void>}[] = []

beforeEach(async () => {
  standIn = await startStandIn()
  api = connectApiServer(await contextOf(standIn), asMyself)
})
afterEach(async () => {
  api.close()
  await Promise.all(pods.splice(0).map(pod => pod.close()))
  await standIn.close()
})

async function aPod(server: http.Server | ReturnType<typeof createServer>): Promise<number> {
  const pod = await startPod(server)
  pods.push(pod)
  return pod.port
}

const webServer = (respond: http.RequestListener) => aPod(http.createServer(respond))

const at = (port: number, rest: Partial<AgentAddress> = {}): AgentAddress => ({
  namespace: 'monitoring',
  pod: 'agent-0',
  port,
  scheme: 'http',
  credentials: null,
  ...rest,
})

const connect = (port: number, rest: Partial<AgentAddress> = {}, choice: TransportChoice = 'auto') =>
  connectAgent(api, at(port, rest), choice)

/** The API server's proxy, as a stand-in: the pod's port is in the path. */
function proxyToPods(): void {
  standIn.respond = (request, response) => {
    const found = /\/pods\/[^/]*?:(\d+)\/proxy(.*)$/.exec(request.url ?? '')
    const onward = http.get({host: '127.0.0.1', port: found?.[1], path: found?.[2], agent: false}, answer => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', error =>
      answerStatus(response, 500, 'InternalError', `error trying to reach service: ${error.message}`),
    )
  }
}

describe('port-forward', () => {
  it('gets an answer over the WebSocket, gzip unpacked, and asks for the port of the pod', async () => {
    const port = await webServer((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip')
      response.writeHead(200, {'content-encoding': 'gzip'}).end(gzipSync('up 1\n'))
    })
    const agent = connect(port)
    expect(agent.transport()).toBeNull()
    const answer = await agent.get('/metrics', requestOptions())
    expect(answer.ok && answer.value.body.toString()).toBe('up 1\n')
    expect(standIn.seen).toEqual([`GET /api/v1/namespaces/monitoring/pods/agent-0/portforward?ports=${port}`])
    expect(agent.transport()).toBe('port-forward')
    expect(agent.attempts()).toEqual([{transport: 'port-forward', outcome: 'ok', detail: 'answered 200'}])
  })

  it('reads a body without Content-Length to its end', async () => {
    const port = await aPod(
      createServer(socket => socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'))),
    )
    const answer = await connect(port, {}, 'port-forward').get('/', requestOptions())
    expect(answer.ok && answer.value.body.toString()).toBe('all of it')
  })

  it('carries 60 MB to a reader without keeping them', async () => {
    const line = Buffer.from(`${'x'.repeat(1023)}\n`)
    const block = Buffer.concat(Array.from({length: 64}, () => line))
    const port = await webServer((_request, response) => {
      let left = 960
      const more = () => {
        while (left > 0 && response.write(block, () => {})) left -= 1
        if (left > 0) left -= 1
        else response.end()
      }
      response.on('drain', more)
      more()
    })
    let bytes = 0
    let chunks = 0
    let highest = 0
    collectGarbage()
    const before = process.memoryUsage().arrayBuffers
    const onChunk = (chunk: Buffer) => {
      bytes += chunk.length
      if (++chunks % 50 === 0) {
        collectGarbage()
        highest = Math.max(highest, process.memoryUsage().arrayBuffers - before)
      }
      return 'more' as const
    }
    const answer = await connect(port, {}, 'port-forward').get('/', requestOptions({onChunk, timeoutSeconds: 15}))
    expect(answer).toMatchObject({ok: true})
    expect(bytes).toBeGreaterThan(58_000_000)
    expect(chunks).toBeGreaterThan(100)
    expect(highest).toBeLessThan(40_000_000)
  })

  it('says that nothing listens when the pod refuses the connection', async () => {
    const pod = await startPod(createServer())
    await pod.close()
    expect(await connect(pod.port, {}, 'port-forward').get('/', requestOptions())).toMatchObject({
      ok: false,
      reason: 'unreachable',
      detail: expect.stringMatching(
        /^port-forward: nothing listens on localhost at port \d+ of pod monitoring\/agent-0/,
      ),
    })
  })

  it('speaks TLS with the agent, whoever signed its certificate, and sends the password inside', async () => {
    const {certificatePem, keyPem} = await standIn.authority.issue({commonName: 'agent'})
    const port = await aPod(
      https.createServer({cert: certificatePem, key: keyPem}, (request, response) => {
        const isRight = request.headers.authorization === `Basic ${Buffer.from('ops:pw').toString('base64')}`
        response.writeHead(isRight ? 200 : 401, {'www-authenticate': 'Basic'}).end('Unauthorized')
      }),
    )
    const tls = {scheme: 'https'} as const
    expect(
      await connect(port, {...tls, credentials: {username: 'ops', password: 'pw'}}).get('/', requestOptions()),
    ).toMatchObject({
      ok: true,
      value: {status: 200},
    })
    expect(await connect(port, tls).get('/', requestOptions())).toMatchObject({
      reason: 'agent-unauthorized',
      detail: expect.stringContaining('asks for a user name and password'),
    })
    expect(
      await connect(port, {...tls, credentials: {username: 'ops', password: 'no'}}).get('/', requestOptions()),
    ).toMatchObject({
      reason: 'agent-unauthorized',
      detail: expect.stringContaining('refused the user name and password'),
    })
  })

  it('refuses a path that HTTP does not allow', async () => {
    const port = await webServer((_request, response) => response.end())
    expect(await connect(port, {}, 'port-forward').get('/a b', requestOptions())).toMatchObject({
      ok: false,
      reason: 'failed',
    })
  })

  it('says that an agent asks for a client certificate', async () => {
    const {certificatePem, keyPem} = await standIn.authority.issue({commonName: 'agent'})
    const port = await aPod(
      https.createServer(
        {cert: certificatePem, key: keyPem, requestCert: true, ca: certificatePem},
        (_request, response) => response.end(),
      ),
    )
    expect(await connect(port, {scheme: 'https'}, 'port-forward').get('/', requestOptions())).toMatchObject({
      reason: 'agent-unauthorized',
      detail: expect.stringContaining('client certificate'),
    })
  })

  it('ends at its time when the agent never answers, and at once when the run is stopped', async () => {
    const port = await webServer(() => {})
    const agent = connect(port, {}, 'port-forward')
    expect(await agent.get('/', requestOptions({timeoutSeconds: 0.3}))).toMatchObject({reason: 'timeout'})
    const controller = new AbortController()
    const request = agent.get('/', requestOptions({signal: controller.signal, timeoutSeconds: 60}))
    controller.abort()
    expect(await request).toMatchObject({reason: 'interrupted'})
    // So does what a stopped run would have asked next, over the stream that is open by then or a new one.
    expect(await agent.get('/', requestOptions({signal: controller.signal}))).toMatchObject({reason: 'interrupted'})
  })
})

describe('the API-server proxy', () => {
  it('names scheme, pod and port in the path', async () => {
    await connect(9090, {}, 'proxy').get('/metrics?a=b', requestOptions())
    await connect(9443, {scheme: 'https'}, 'proxy').get('/-/ready', requestOptions())
    expect(standIn.seen).toEqual([
      'GET /api/v1/namespaces/monitoring/pods/agent-0:9090/proxy/metrics?a=b',
      'GET /api/v1/namespaces/monitoring/pods/https:agent-0:9443/proxy/-/ready',
    ])
  })

  it('tells an agent that asks for a password from an API server that refuses the user', async () => {
    standIn.respond = (_request, response) => response.writeHead(401, {'www-authenticate': 'Basic'}).end('Unauthorized')
    expect(await connect(9090, {}, 'proxy').get('/', requestOptions())).toMatchObject({reason: 'agent-unauthorized'})
    standIn.respond = (_request, response) => answerStatus(response, 401, 'Unauthorized', 'Unauthorized')
    expect(await connect(9090, {}, 'proxy').get('/', requestOptions())).toMatchObject({reason: 'unauthorized'})
  })

  it("passes on the agent's own errors as answers", async () => {
    for (const status of [400, 403, 404, 422, 503]) {
      standIn.respond = (_request, response) =>
        response.writeHead(status, {'content-type': 'text/plain'}).end('Service Unavailable')
      expect(await connect(9090, {}, 'proxy').get('/', requestOptions())).toMatchObject({ok: true, value: {status}})
    }
  })

  it.each([
    [500, 'error trying to reach service: dial tcp 10.0.0.1:9090: connect: connection refused'],
    [503, 'error trying to reach service: dial tcp 10.0.0.1:9090: i/o timeout'],
    [400, 'address not allowed'],
  ])('says that the pod cannot be reached (%i %s)', async (code, message) => {
    standIn.respond = (_request, response) => answerStatus(response, code, 'x', message)
    expect(await connect(9090, {}, 'proxy').get('/', requestOptions())).toMatchObject({
      reason: 'unreachable',
      detail: expect.stringContaining(message),
    })
  })

  it('is told from a gateway that answers with a page of its own', async () => {
    standIn.respond = (_request, response) =>
      response.writeHead(502, {'content-type': 'text/html'}).end('<h1>Bad Gateway</h1>')
    expect(await connect(9090, {}, 'proxy').get('/', requestOptions())).toMatchObject({reason: 'unreachable'})
  })
})

describe('the order', () => {
  const refuseUpgrades = (answer: string) => {
    standIn.upgrade = (_request, socket) => socket.end(answer)
  }

  it('falls back to the proxy when something in front lets no WebSocket through, and remembers that for other agents', async () => {
    refuseUpgrades('HTTP/1.1 403 Forbidden\r\ncontent-length: 7\r\n\r\nno ws !')
    proxyToPods()
    const port = await webServer((_request, response) => response.end('up 1\n'))
    const agent = connect(port)
    expect(await agent.get('/metrics', requestOptions())).toMatchObject({ok: true})
    expect(agent.transport()).toBe('proxy')
    expect(agent.attempts()).toMatchObject([
      {transport: 'port-forward', outcome: 'failed', detail: expect.stringContaining('refused on the way')},
      {transport: 'proxy', outcome: 'ok'},
    ])
    const other = connect(port)
    await other.get('/metrics', requestOptions())
    expect(other.attempts().map(attempt => attempt.transport)).toEqual(['proxy'])
  })

  it('is forbidden only when every transport is, and then names the rights of both', async () => {
    const status = JSON.stringify({kind: 'Status', message: 'pods "agent-0" is forbidden', code: 403})
    refuseUpgrades(`HTTP/1.1 403 Forbidden\r\ncontent-length: ${status.length}\r\n\r\n${status}`)
    standIn.respond = (_request, response) =>
      answerStatus(response, 403, 'Forbidden', 'pods "agent-0:9090" is forbidden')
    const namespace = 'monitoring'
    expect(await connect(9090).get('/', requestOptions())).toMatchObject({
      reason: 'forbidden',
      needs: [
        [
          {verb: 'get', group: '', resource: 'pods/portforward', namespace},
          {verb: 'create', group: '', resource: 'pods/portforward', namespace},
        ],
        [{verb: 'get', group: '', resource: 'pods/proxy', namespace}],
      ],
    })
  })

  it('ends with a pod that is gone', async () => {
    const status = JSON.stringify({kind: 'Status', message: 'pods "agent-0" not found', code: 404})
    refuseUpgrades(`HTTP/1.1 404 Not Found\r\ncontent-length: ${status.length}\r\n\r\n${status}`)
    const agent = connect(9090)
    expect(await agent.get('/', requestOptions())).toMatchObject({reason: 'not-found'})
    expect(agent.attempts()).toHaveLength(1)
  })

  it('leaves a port-forward that hangs for the proxy within the time given', async () => {
    standIn.upgrade = () => {}
    proxyToPods()
    const port = await webServer((_request, response) => response.end('ok'))
    expect(await connect(port).get('/', requestOptions({timeoutSeconds: 1}))).toMatchObject({ok: true})
  })

  it('takes an answer that was cut off once more over the next transport', async () => {
    proxyToPods()
    let requests = 0
    const port = await webServer((_request, response) => {
      requests += 1
      response.writeHead(200, {'content-length': 8})
      if (requests === 1) response.write('half', () => response.destroy())
      else response.end('all of i')
    })
    const agent = connect(port)
    const answer = await agent.get('/metrics', requestOptions())
    expect(answer.ok && answer.value.body.toString()).toBe('all of i')
    expect(agent.attempts()).toMatchObject([
      {transport: 'port-forward', outcome: 'failed', detail: expect.stringContaining('cut off after 4 bytes')},
      {transport: 'proxy', outcome: 'ok'},
    ])
  })

  it('tells a streaming reader to start again, and does not repeat what a reader without that has seen', async () => {
    proxyToPods()
    let requests = 0
    const port = await webServer((_request, response) => {
      requests += 1
      response.writeHead(200, {'content-length': 8})
      if (requests % 2 === 1) response.write('half', () => response.destroy())
      else response.end('all of i')
    })
    let text = ''
    const onChunk = (chunk: Buffer) => {
      text += chunk.toString()
      return 'more' as const
    }
    const onRestart = () => {
      text = ''
    }
    expect(await connect(port).get('/', requestOptions({onChunk, onRestart}))).toMatchObject({ok: true})
    expect(text).toBe('all of i')
    const again = connectApiServer(await contextOf(standIn), asMyself)
    expect(await connectAgent(again, at(port), 'auto').get('/', requestOptions({onChunk}))).toMatchObject({
      reason: 'malformed',
    })
    again.close()
  })

  it('goes to port-forward for a password that the proxy cannot carry', async () => {
    proxyToPods()
    const port = await webServer((request, response) => {
      response.writeHead(request.headers.authorization ? 200 : 401, {'www-authenticate': 'Basic'}).end('x')
    })
    const plain = await webServer((_request, response) => response.end('x'))
    const forward = standIn.upgrade
    standIn.upgrade = (_request, socket) => socket.destroy()
    await connect(plain).get('/', requestOptions()) // the proxy is remembered
    standIn.upgrade = forward
    const agent = connect(port, {credentials: {username: 'ops', password: 'pw'}})
    expect(await agent.get('/', requestOptions())).toMatchObject({ok: true})
    expect(agent.attempts().map(attempt => attempt.transport)).toEqual(['proxy', 'port-forward'])
  })
})
