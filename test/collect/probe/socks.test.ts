/** Through a SOCKS5 proxy, against a stand-in that speaks as much of RFC 1928 as a proxy must. */
import {once} from 'node:events'
import {createServer as createHttpServer} from 'node:http'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'
import {afterEach, describe, expect, it} from 'vitest'
import {HERE} from '../../../src/collect/probe/here.ts'
import {NO_CREDENTIALS} from '../../../src/collect/probe/remote.ts'
import {tryWay} from '../../../src/collect/probe/way.ts'
import {readProbes} from '../../../src/facts/probe/probe.ts'
import {aPlan} from './a-plan.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

interface Proxy {
  port: number
  /** Addresses as they were asked for, in hexadecimal, with their kind. */
  asked: string[]
}

/** `leadsTo`: whatever is asked for is this port; `split`: byte by byte. */
async function startProxy(
  options: {leadsTo?: number; method?: number; reply?: number; bound?: Buffer; split?: boolean} = {},
): Promise<Proxy> {
  const {leadsTo = 0, method = 0, reply = 0, bound = Buffer.of(1, 0, 0, 0, 0), split = false} = options
  const asked: string[] = []
  const port = await listen(socket => {
    const send = (bytes: Buffer) => {
      if (split) for (const byte of bytes) socket.write(Buffer.of(byte))
      else socket.write(bytes)
    }
    let stage = 0
    const onData = (chunk: Buffer) => {
      stage += 1
      if (stage === 1) return send(Buffer.of(5, method))
      asked.push(chunk.subarray(3).toString('hex'))
      socket.off('data', onData)
      if (reply !== 0) return void socket.end(Buffer.concat([Buffer.of(5, reply, 0), bound, Buffer.of(0, 0)]))
      const onward = connect(leadsTo, '127.0.0.1', () => {
        send(Buffer.concat([Buffer.of(5, 0, 0), bound, Buffer.of(0, 0)]))
        socket.pipe(onward).pipe(socket)
      })
      onward.on('error', () => socket.destroy())
    }
    socket.on('data', onData)
  })
  return {port, asked}
}

async function startReceiver(): Promise<number> {
  const server = createHttpServer((_, response) => response.writeHead(204).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return (server.address() as AddressInfo).port
}

async function probe(url: string, proxyUrl: string) {
  const plan = aPlan(url, `proxy_url: ${proxyUrl}`)
  const [seen] = readProbes({probes: [await tryWay(plan, HERE, NO_CREDENTIALS, new AbortController().signal)]})
  if (seen === undefined) throw new Error('nothing was probed')
  return seen
}

describe('a SOCKS5 proxy', () => {
  it.each(['socks5', 'socks5h'])('of scheme %s is gone through, and resolves the name itself', async scheme => {
    const proxy = await startProxy({leadsTo: await startReceiver()})
    const seen = await probe('http://central.test:8080/w', `${scheme}://127.0.0.1:${proxy.port}`)
    expect(seen).toMatchObject({accepts: true, failing: null})
    expect(seen.layers.find(({layer}) => layer === 'proxy')).toMatchObject({
      outcome: 'ok',
      says: 'opened the tunnel (proxy_url)',
    })
    expect(proxy.asked).toEqual([
      `03${Buffer.of(12).toString('hex')}${Buffer.from('central.test').toString('hex')}1f90`,
    ])
  })
  it.each([
    ['10.1.2.3', '010a010203'],
    ['[2001:db8::7]', '0420010db8000000000000000000000007'],
    ['[1:2:3:4:5:6:7:8]', '0400010002000300040005000600070008'],
  ])('is asked for the address %s as such', async (host, bytes) => {
    const proxy = await startProxy({leadsTo: await startReceiver()})
    expect(await probe(`http://${host}:80/w`, `socks5://127.0.0.1:${proxy.port}`)).toMatchObject({accepts: true})
    expect(proxy.asked).toEqual([`${bytes}0050`])
  })
  it('may answer byte by byte, and say where it is bound by a name or an IPv6 address', async () => {
    for (const bound of [Buffer.of(3, 2, 97, 98), Buffer.concat([Buffer.of(4), Buffer.alloc(16)])]) {
      const proxy = await startProxy({leadsTo: await startReceiver(), bound, split: true})
      expect(await probe('http://central.test/w', `socks5://127.0.0.1:${proxy.port}`)).toMatchObject({accepts: true})
    }
  })
  it.each<[string, Parameters<typeof startProxy>[0], RegExp]>([
    ['refuses the target', {reply: 2}, /does not open the way to central\.test:80: not allowed$/],
    ['cannot reach it', {reply: 5}, /connection refused/],
    ['refuses with a code of its own', {reply: 99}, /for a reason of its own$/],
    ['wants credentials', {method: 255}, /wants credentials, and the agent has none/],
  ])('that %s is the layer that fails, in words', async (_, options, says) => {
    const proxy = await startProxy(options)
    const {failing} = await probe('http://central.test/w', `socks5://127.0.0.1:${proxy.port}`)
    expect(failing).toMatchObject({layer: 'proxy', class: 'proxy', says: expect.stringMatching(says)})
  })
  it('that is none, or hangs up, fails there, too', async () => {
    const web = await listen(socket => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    const rude = await listen(socket => void socket.once('data', () => socket.destroy()))
    expect((await probe('http://central.test/w', `socks5://127.0.0.1:${web}`)).failing).toMatchObject({
      layer: 'proxy',
      says: expect.stringContaining('does not speak SOCKS5'),
    })
    expect((await probe('http://central.test/w', `socks5://127.0.0.1:${rude}`)).failing).toMatchObject({layer: 'proxy'})
  })
  it('is not known where its kind is not one that is tried', async () => {
    const {failing, unknown} = await probe('http://central.test/w', 'socks4://127.0.0.1:1')
    expect({failing, unknown}).toMatchObject({
      failing: null,
      unknown: {layer: 'proxy', says: expect.stringContaining('socks4')},
    })
  })
})
