/** One way from here against stand-ins on loopback: what is sent, what bad input makes of it, and that nothing hangs. */
import {once} from 'node:events'
import {createServer as createHttpServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {type AddressInfo, createServer, connect as dial, type Server, type Socket} from 'node:net'
import {afterEach, describe, expect, it} from 'vitest'
import {HERE} from '../../../src/collect/probe/here.ts'
import {NO_CREDENTIALS, type RemoteCredentials} from '../../../src/collect/probe/remote.ts'
import {tryWay} from '../../../src/collect/probe/way.ts'
import type {ProbeEvidence} from '../../../src/evidence/probe.ts'
import {readProbes} from '../../../src/facts/probe/probe.ts'
import {UNSAFE} from '../../fuzz.ts'
import {aPlan} from './a-plan.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listen(server: Server): Promise<string> {
  const open = new Set<Socket>()
  server.on('connection', socket => {
    open.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const web = (handle: (request: IncomingMessage, response: ServerResponse) => void) => listen(createHttpServer(handle))
const raw = (handle: (socket: Socket) => void) => listen(createServer(handle))
const basic = (user: string, password: string): RemoteCredentials => ({
  ...NO_CREDENTIALS,
  authorization: {kind: 'basic', header: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`},
})

function probe(
  url: string,
  {yaml = '', remote = NO_CREDENTIALS, signal = new AbortController().signal} = {},
): Promise<ProbeEvidence> {
  return tryWay(aPlan(url, yaml, remote), HERE, remote, signal)
}

function judge(seen: ProbeEvidence): {layer: string | null; class: string | null; says: string; accepts: boolean} {
  const [own] = readProbes({probes: [seen]})
  const {layer = null, class: errorClass = null, says = ''} = own?.failing ?? own?.unknown ?? {}
  return {layer, class: errorClass, says, accepts: own?.accepts ?? false}
}

describe('the empty write', () => {
  it('is one byte, snappy for nothing, and names who sends it', async () => {
    const seen: {
      headers: IncomingMessage['headers']
      method: string | undefined
      url: string | undefined
      body: Buffer
    }[] = []
    const address = await web((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', chunk => chunks.push(chunk))
      request.on('end', () => {
        seen.push({headers: request.headers, method: request.method, url: request.url, body: Buffer.concat(chunks)})
        response.writeHead(204).end()
      })
    })
    const result = await probe(`http://${address}/api/v1/write?db=x`)
    await probe(`http://${address}/api/v1/write`, {yaml: 'protobuf_message: io.prometheus.write.v2.Request'})
    expect(judge(result)).toMatchObject({layer: null, accepts: true})
    expect(seen[0]).toMatchObject({method: 'POST', url: '/api/v1/write?db=x', body: Buffer.of(0)})
    expect(seen[0]?.headers).toMatchObject({
      host: address,
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
      'content-length': '1',
      'user-agent': expect.stringContaining('promfleet'),
    })
    expect(seen[0]?.headers.authorization).toBeUndefined()
    expect(seen[1]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'x-prometheus-remote-write-version': '2.0.0',
    })
    expect(result.address).toBe(`http://${address}/api/v1/write`)
  })

  it('shows what was given, and keeps none of it', async () => {
    const headers: IncomingMessage['headers'][] = []
    const address = await web((request, response) => {
      headers.push(request.headers)
      response.writeHead(204).end()
    })
    const remote = {...basic('agent', 'Zq7Secret'), headers: {'x-scope-orgid': 'shop-Zq7'}}
    const seen = await probe(`http://${address}/api/v1/write`, {remote})
    expect(headers[0]).toMatchObject({authorization: remote.authorization?.header, 'x-scope-orgid': 'shop-Zq7'})
    expect(JSON.stringify(seen)).not.toMatch(/Zq7/)
    expect(seen.settings.given).toMatchObject({credentials: 'basic', headerNames: ['x-scope-orgid']})
  })
})

describe('redirects', () => {
  it('are followed for 307 and 308 as Go does, without the credentials where they lead to another host', async () => {
    const asked: (string | undefined)[] = []
    const end = await web((request, response) => {
      asked.push(request.headers.authorization)
      response.writeHead(204).end()
    })
    const start = await web((_request, response) => {
      response.writeHead(307, {location: `http://${end}/api/v1/write?token=abc`}).end()
    })
    const remote = basic('agent', 'Zq7Secret')
    const seen = await probe(`http://${start}/api/v1/write`, {remote})
    expect(seen.redirects).toEqual([{status: 307, location: `http://${end}/api/v1/write`}])
    expect(judge(seen)).toMatchObject({accepts: true})
    expect(asked).toEqual([undefined])
  })
  it('to a login are where it ends: the write becomes a GET there', async () => {
    const address = await web((_request, response) => {
      response.writeHead(302, {location: 'https://login.example/?state=SECRETSTATE'}).end()
    })
    const seen = await probe(`http://${address}/api/v1/write`)
    expect(judge(seen)).toMatchObject({layer: 'http', class: 'redirected'})
    expect(judge(seen).says).toContain('becomes a GET')
    expect(JSON.stringify(seen)).not.toContain('SECRETSTATE')
  })
  it('are not followed with follow_redirects off, and not without end', async () => {
    let requests = 0
    const address = await web((request, response) => {
      requests += 1
      response.writeHead(308, {location: `${request.url}/`}).end()
    })
    const off = await probe(`http://${address}/w`, {yaml: 'follow_redirects: false'})
    expect(judge(off)).toMatchObject({
      layer: 'http',
      class: 'redirected',
      says: expect.stringContaining('follow_redirects is off'),
    })
    expect(requests).toBe(1)
    expect(judge(await probe(`http://${address}/w`))).toMatchObject({layer: 'http', class: 'redirected'})
    expect(requests).toBe(5)
  })
})

describe('a proxy', () => {
  /** CONNECT to anywhere on loopback, and requests handed over as they are. */
  const proxy = (answer: number) => {
    const server = createHttpServer((request, response) => {
      response.writeHead(answer === 200 ? 204 : answer, {'x-asked': request.url ?? ''}).end()
    })
    server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (answer !== 200) return void socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`)
      const [host = '', port = ''] = (request.url ?? '').split(':')
      const target = dial(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        target.write(head)
        socket.pipe(target).pipe(socket)
      })
      target.on('error', () => socket.destroy())
      socket.on('error', () => target.destroy())
    })
    return listen(server)
  }
  it('takes plain HTTP as it is', async () => {
    const seen = await probe('http://central.invalid/api/v1/write', {yaml: `proxy_url: http://${await proxy(200)}`})
    expect(judge(seen)).toMatchObject({accepts: true})
  })
  it.each([407, 403, 502])('that refuses the tunnel with %i is the layer that fails', async status => {
    const seen = await probe('https://central.invalid/api/v1/write', {yaml: `proxy_url: http://${await proxy(status)}`})
    expect(judge(seen)).toMatchObject({layer: 'proxy', class: 'proxy', says: expect.stringContaining(String(status))})
  })
  it('opens a tunnel for what is encrypted', async () => {
    const plain = await web((_request, response) => response.writeHead(204).end())
    const seen = await probe(`https://${plain}/api/v1/write`, {yaml: `proxy_url: http://${await proxy(200)}`})
    expect(seen.proxy).toMatchObject({ok: true, value: {status: 200}})
    expect(judge(seen)).toMatchObject({layer: 'tls', class: 'scheme-mismatch'})
  })
  it('of another kind is said not to be tried', async () => {
    const seen = await probe('http://central.invalid/api/v1/write', {yaml: 'proxy_url: socks4://127.0.0.1:1080'})
    expect(judge(seen)).toMatchObject({layer: 'proxy', class: null, accepts: false})
  })
})

describe('bad input', () => {
  it('a name that does not exist fails at the name', async () => {
    const seen = await probe('http://no-such-host.invalid/api/v1/write')
    expect(judge(seen)).toMatchObject({layer: 'dns', class: 'name-not-resolved'})
    expect(seen.tcp).toBeNull()
  })
  it('a closed port fails at the connection', async () => {
    const address = await raw(() => undefined)
    for (const close of closing.splice(0)) close()
    expect(judge(await probe(`http://${address}/api/v1/write`))).toMatchObject({layer: 'tcp', class: 'refused'})
  })
  it('a web page with 200 is no receiver, though the agent takes it for success', async () => {
    const address = await web((_request, response) => {
      response.writeHead(200, {'content-type': 'text/html'}).end('<html><title>Welcome to the hotel</title></html>')
    })
    expect(judge(await probe(`http://${address}/api/v1/write`))).toMatchObject({layer: 'receiver', accepts: false})
  })
  it.each<[string, (socket: Socket) => void, object]>([
    ['says something that is not HTTP', socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), {layer: 'http'}],
    ['hangs up', socket => socket.resetAndDestroy(), {layer: 'http', class: 'connection-reset'}],
    [
      'sends headers without end',
      socket => socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`),
      {layer: 'http'},
    ],
    [
      'never ends its body',
      socket => {
        socket.write('HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n')
        const timer = setInterval(() => socket.write('1\r\nx\r\n'), 50)
        socket.on('close', () => clearInterval(timer))
      },
      {layer: 'accept', class: 'unavailable'},
    ],
    [
      'sends a gigabyte',
      socket => {
        socket.write('HTTP/1.1 500 Oops\r\ncontent-length: 1073741824\r\n\r\n')
        const push = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 120)));
        }
        socket.on('drain', push)
        push()
      },
      {layer: 'accept', class: 'server-error'},
    ],
  ])('one that %s', async (_, handle, expected) => {
    const address = await raw(socket => socket.once('data', () => handle(socket)))
    const seen = await probe(`http://${address}/api/v1/write`)
    expect(judge(seen)).toMatchObject(expected)
    expect(JSON.stringify(seen).length).toBeLessThan(4000)
  })
  it('escape sequences and secrets in an answer go no further', async () => {
    const address = await web((_request, response) => {
      response.writeHead(400, {server: 'evil\x85x', 'www-authenticate': 'Basic realm="a\x9bb"'})
      response.end('\x1b[31mred\x1b]0;title\x07 Authorization: Bearer Zq7Echoed9\u202e')
    })
    const text = JSON.stringify(await probe(`http://${address}/api/v1/write`))
    expect(text).not.toMatch(UNSAFE)
    expect(text).not.toMatch(/\\u001b|\\u009b|Zq7Echoed9/)
  })
  /** Says a byte of it every now and then, for as long as it is listened to. */
  const trickle = (text: string) => (socket: Socket) => {
    let next = 0
    socket.once('data', () => {
      const timer = setInterval(() => socket.write(text[next++ % text.length] ?? ''), 50)
      socket.once('close', () => clearInterval(timer))
    })
  }
  it.concurrent.each<[string, string, string, (socket: Socket) => void, object]>([
    ['accepts and says nothing', 'http', '', () => undefined, {layer: 'http', class: 'timed-out'}],
    ['says nothing to a TLS handshake', 'https', '', () => undefined, {layer: 'tls', class: 'timed-out'}],
    [
      'stalls in the TLS handshake',
      'https',
      '',
      trickle(`\x16\x03\x03\x3f\x00\x02\x00\x3e\x7c\x03\x03${'\0'.repeat(10_000)}`),
      {layer: 'tls', class: 'timed-out'},
    ],
    ['trickles the head of its answer', 'http', '', trickle('HTTP/1.1 200 OK\r\nx: y'), {layer: 'http'}],
    ['is a proxy that does not answer CONNECT', 'https', 'http', () => undefined, {layer: 'proxy', class: 'proxy'}],
    ['is a SOCKS proxy that says nothing', 'http', 'socks5', () => undefined, {layer: 'proxy', class: 'proxy'}],
    [
      'is a SOCKS proxy that stalls',
      'http',
      'socks5',
      socket => void socket.write('\x05'),
      {layer: 'proxy', class: 'proxy'},
    ],
  ])('one that %s is waited for no longer than its layer', async (_, scheme, proxy, handle, expected) => {
    const open = new Set<Socket>()
    const server = createServer(socket => {
      open.add(socket)
      socket.on('error', () => undefined)
      handle(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const seen = await (proxy === ''
      ? probe(`${scheme}://${address}/api/v1/write`)
      : probe(`${scheme}://central.invalid/api/v1/write`, {yaml: `proxy_url: ${proxy}://${address}`}))
    for (const socket of open) socket.destroy()
    server.close()
    expect(judge(seen)).toMatchObject({...expected, says: expect.stringContaining('within 5 s')})
  })
  it('a body that trickles has said enough with its status: it is not waited for', async () => {
    let isLeft = false
    const address = await web((_request, response) => {
      response.writeHead(200, {'content-type': 'text/plain', 'content-length': '1000000'})
      const timer = setInterval(() => response.write('x'), 50)
      response.once('close', () => {
        isLeft = true
        clearInterval(timer)
      })
    })
    const seen = await probe(`http://${address}/api/v1/write`)
    expect(seen.http).toMatchObject({ok: true, value: {status: 200, body: expect.stringMatching(/^x+$/)}})
    await expect.poll(() => isLeft).toBe(true)
  })
  it('opens no connection when the run is over already, which would hold up the end of the process', async () => {
    const from: (number | undefined)[] = []
    const address = await raw(socket => void from.push(socket.remotePort))
    const seen = await probe(`http://${address}/api/v1/write`, {signal: AbortSignal.abort()})
    expect(judge(seen).says).toBe('the time of the run was up before it was tried')
    // One that was opened would be seen before this one, which comes after it.
    const later = dial(Number(address.split(':')[1]), '127.0.0.1')
    closing.push(() => later.destroy())
    await expect.poll(() => from.includes(later.localPort)).toBe(true)
    expect(from).toHaveLength(1)
  })
  it('ends at once when the run is over, and does not call that a failure of the way', async () => {
    const stop = new AbortController()
    const address = await raw(socket => void socket.once('data', () => stop.abort()))
    const seen = await probe(`http://${address}/api/v1/write`, {signal: stop.signal})
    expect(judge(seen)).toMatchObject({layer: 'http', class: null, accepts: false})
    const [own] = readProbes({probes: [seen]})
    expect(own?.failing).toBeNull()
  })
})
