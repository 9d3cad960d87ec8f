import http from 'node:http'
import {connect as connectSocket, type Socket} from 'node:net'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import {proxyFor} from '../../../src/collect/api-server/outgoing-proxy.ts'
import {connectAgent} from '../../../src/collect/transport/transport.ts'
import {answerJson, asMyself, contextOf, requestOptions, type StandIn, startPod, startStandIn} from '../stand-in.ts'

interface Tunnel {
  url: string
  /** What CONNECT asked for, with the credentials given to the proxy. */
  tunnels: {to: string; authorization: string | null}[]
  refuseWith: number | null
  close(): Promise<void>
}

async function startTunnel(): Promise<Tunnel> {
  const server = http.createServer()
  const tunnel: Tunnel = {url: '', tunnels: [], refuseWith: null, close: async () => {}}
  server.on('connect', (request, socket: Socket, head) => {
    tunnel.tunnels.push({to: request.url ?? '', authorization: request.headers['proxy-authorization'] ?? null})
    if (tunnel.refuseWith !== null) {
      socket.end(`HTTP/1.1 ${tunnel.refuseWith} Refused\r\n\r\n`)
      return
    }
    const [host = '', port] = (request.url ?? '').split(':')
    const onward = connectSocket(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  const {port, close} = await startPod(server)
  return Object.assign(tunnel, {url: `http://127.0.0.1:${port}`, close})
}

let standIn: StandIn
let tunnel: Tunnel

beforeEach(async () => {
  standIn = await startStandIn()
  tunnel = await startTunnel()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await tunnel.close()
  await standIn.close()
})

describe('a kubeconfig with proxy-url', () => {
  it('sends its requests through one tunnel, with the user name and password of the proxy', async () => {
    standIn.respond = (_request, response) => answerJson(response, {})
    const url = tunnel.url.replace('://', '://me:secret@')
    const api = connectApiServer(await contextOf(standIn, {cluster: {'proxy-url': url}}), asMyself)
    for (const _each of [1, 2, 3]) expect(await api.getJson('/version', requestOptions())).toMatchObject({ok: true})
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
    expect(tunnel.tunnels).toEqual([{to: `127.0.0.1:${standIn.port}`, authorization}])
    api.close()
  })

  it('sends the WebSocket of a port-forward through it as well', async () => {
    const pod = http.createServer((_request, response) => response.end('up 1\n'))
    const {port, close} = await startPod(pod)
    const api = connectApiServer(await contextOf(standIn, {cluster: {'proxy-url': tunnel.url}}), asMyself)
    const address = {namespace: 'a', pod: 'b', container: 'c', port, scheme: 'http', credentials: null} as const
    const answer = await connectAgent(api, address, 'port-forward').get('/metrics', requestOptions())
    expect(answer.ok && answer.value.body.toString()).toBe('up 1\n')
    expect(tunnel.tunnels.map(each => each.to)).toEqual([`127.0.0.1:${standIn.port}`])
    api.close()
    await close()
  })

  it('says with which status the proxy refused, without its password', async () => {
    tunnel.refuseWith = 407
    const url = tunnel.url.replace('://', '://me:secret@')
    const api = connectApiServer(await contextOf(standIn, {cluster: {'proxy-url': url}}), asMyself)
    const answer = await api.getJson('/version', requestOptions())
    expect(answer).toMatchObject({
      reason: 'unreachable',
      detail: expect.stringContaining('the proxy refused the tunnel with status 407'),
    })
    expect(JSON.stringify(answer)).not.toContain('secret')
    api.close()
  })

  it('that is not a URL is a failure, not a crash', async () => {
    const api = connectApiServer(await contextOf(standIn, {cluster: {'proxy-url': 'not a url'}}), asMyself)
    expect(await api.getJson('/version', requestOptions())).toMatchObject({ok: false})
    api.close()
  })
})

describe('proxyFor', () => {
  it('prefers proxy-url to the environment', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://env:1')
    expect(proxyFor(new URL('https://api.example:6443'), 'http://file:1')).toBe('http://file:1')
    expect(proxyFor(new URL('https://api.example:6443'), null)).toBe('http://env:1')
  })

  it.each([
    ['https://127.0.0.1:6443', ''],
    ['https://localhost:6443', ''],
    ['https://[::1]:6443', ''],
    ['https://api.example', 'api.example'],
    ['https://api.example', '.example'],
    ['https://10.2.3.4', '192.168.0.0/16, 10.0.0.0/8'],
    ['https://[fd00::7]:6443', 'fd00::/8'],
  ])('goes straight to %s with NO_PROXY=%s', (server, noProxy) => {
    vi.stubEnv('HTTPS_PROXY', 'http://env:1')
    vi.stubEnv('NO_PROXY', noProxy)
    expect(proxyFor(new URL(server), null)).toBeNull()
  })

  it.each(['11.0.0.0/8', '10.0.0.0/99', 'x/8', 'other.example'])(
    'does not go straight to 10.2.3.4 with NO_PROXY=%s',
    noProxy => {
      vi.stubEnv('HTTPS_PROXY', 'http://env:1')
      vi.stubEnv('NO_PROXY', noProxy)
      expect(proxyFor(new URL('https://10.2.3.4'), null)).toBe('http://env:1')
    },
  )
})
