import {once} from 'node:events'
import {createServer, type Socket} from 'node:net'
import {gzipSync} from 'node:zlib'
import {describe, expect, it} from 'vitest'
import {connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import {answerJson, answerStatus, asMyself, contextOf, requestOptions, startPod, startStandIn} from '../stand-in.ts'
import {standInOfEachTest} from './connect.ts'

const {standIn, connect} = standInOfEachTest()

describe('requests', () => {
  it('come one after another over one connection, with the token and asking for gzip', async () => {
    standIn().respond = (_request, response) => answerJson(response, {gitVersion: 'v1.20.2'})
    const api = await connect()
    for (const _each of [1, 2, 3]) {
      expect(await api.getJson('/version', requestOptions())).toMatchObject({ok: true, value: {gitVersion: 'v1.20.2'}})
    }
    expect(standIn().connections()).toBe(1)
    expect(standIn().lastHeaders()).toMatchObject({authorization: 'Bearer good', 'accept-encoding': 'gzip'})
    expect(api.server).toBe(standIn().url)
  })

  it('keep the path of a server that has one', async () => {
    await (await connect({cluster: {server: `${standIn().url}/k8s/clusters/c-1/`}})).getJson(
      '/version',
      requestOptions(),
    )
    expect(standIn().seen).toEqual(['GET /k8s/clusters/c-1/version'])
  })

  it('survive a kept connection that the server has closed', async () => {
    standIn().respond = (request, response) => {
      answerJson(response, {})
      response.on('finish', () => setImmediate(() => request.socket.destroy()))
    }
    const api = await connect()
    for (const _each of [1, 2, 3]) expect(await api.getJson('/version', requestOptions())).toMatchObject({ok: true})
  })

  it('unpack gzip and bound what comes out of it', async () => {
    standIn().respond = (_request, response) => {
      response.writeHead(200, {'content-encoding': 'gzip'}).end(gzipSync(Buffer.alloc(1 << 20)))
    }
    const api = await connect()
    expect(await api.get('/x', requestOptions())).toMatchObject({
      ok: true,
      value: {status: 200, body: {length: 1 << 20}},
    })
    expect(await api.get('/x', requestOptions({maxBytes: 1000}))).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('larger than 1000 bytes'),
    })
  })

  it('stream a long body to its reader and stop when that has enough', async () => {
    standIn().respond = (_request, response) => {
      const chunk = Buffer.alloc(1 << 16, 'x')
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', more)
      more()
    }
    let bytes = 0
    const onChunk = (chunk: Buffer) => {
      bytes += chunk.length
      return bytes > 1 << 22 ? ('enough' as const) : ('more' as const)
    }
    const answer = await (await connect()).get('/log', requestOptions({onChunk, maxBytes: 10}))
    expect(answer).toMatchObject({ok: true, value: {status: 200, body: {length: 0}}})
    expect(bytes).toBeGreaterThan(1 << 22)
  })

  it('may share one signal by the dozen without a warning on stderr', async () => {
    standIn().respond = (_request, response) => answerJson(response, {})
    const warnings: string[] = []
    const note = (warning: Error) => warnings.push(warning.message)
    process.on('warning', note)
    const options = requestOptions()
    const api = await connect()
    await Promise.all(Array.from({length: 40}, () => api.getJson('/version', options)))
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', note)
    expect(warnings).toEqual([])
    expect(standIn().connections()).toBeLessThanOrEqual(4)
  })

  it('send a body with POST', async () => {
    standIn().respond = (request, response) => {
      let body = ''
      request.on('data', chunk => {
        body += chunk
      })
      request.on('end', () => answerJson(response, {echo: JSON.parse(body)}, 201))
    }
    expect(await (await connect()).postJson('/apis/x/v1/reviews', {a: 1}, requestOptions())).toMatchObject({
      value: {echo: {a: 1}},
    })
  })

  it('tell the difference between the clocks, but not from an answer that an agent gave through the proxy', async () => {
    standIn().respond = (_request, response) => {
      response.setHeader('date', new Date(Date.now() - 90_000).toUTCString())
      answerJson(response, {})
    }
    const api = await connect()
    await api.getJson('/api/v1/namespaces/a/pods/p:9090/proxy/api/v1/targets', requestOptions())
    expect(api.clockSkewSeconds()).toBeNull()
    await api.getJson('/version', requestOptions())
    expect(api.clockSkewSeconds()).toBeGreaterThan(-93)
    expect(api.clockSkewSeconds()).toBeLessThan(-87)
  })
})

describe('failures', () => {
  it.each([
    [401, 'Unauthorized', 'Unauthorized', 'unauthorized'],
    [404, 'NotFound', 'pods "x" not found', 'not-found'],
    [500, 'InternalError', 'etcd is gone', 'failed'],
    [503, 'ServiceUnavailable', 'shutting down', 'failed'],
  ])('%i is named, with the words of the API server', async (code, reason, message, expected) => {
    standIn().respond = (_request, response) => answerStatus(response, code, reason, message)
    expect(await (await connect()).getJson('/api/v1/namespaces/a/pods/x', requestOptions())).toMatchObject({
      ok: false,
      reason: expected,
      detail: expect.stringMatching(`answered ${code}.*${message}`),
      needs: [],
    })
  })

  it('403 names the missing right: as the API server words it, else by the path', async () => {
    const api = await connect()
    standIn().respond = (_request, response) =>
      answerStatus(
        response,
        403,
        'Forbidden',
        'pods is forbidden: User "v" cannot list resource "pods" in API group "" in the namespace "a"',
      )
    expect(await api.getJson('/api/v1/pods', requestOptions())).toMatchObject({
      reason: 'forbidden',
      needs: [[{verb: 'list', group: '', resource: 'pods', namespace: 'a'}]],
    })
    standIn().respond = (_request, response) => answerStatus(response, 403, 'Forbidden', 'no')
    expect(
      await api.getJson('/apis/monitoring.coreos.com/v1alpha1/prometheusagents?limit=5', requestOptions()),
    ).toMatchObject({
      needs: [[{verb: 'list', group: 'monitoring.coreos.com', resource: 'prometheusagents', namespace: null}]],
    })
    standIn().respond = (_request, response) =>
      response.writeHead(403).end('<html><h1>Blocked</h1> by the firewall</html>')
    expect(await api.getJson('/api/v1/pods', requestOptions())).toMatchObject({
      needs: [],
      detail: expect.stringContaining('Blocked by the firewall'),
    })
  })

  it('text that is not JSON is malformed, and a body cut off says after how many bytes', async () => {
    const api = await connect()
    standIn().respond = (_request, response) => response.writeHead(200, {'content-type': 'text/html'}).end('<html>')
    expect(await api.getJson('/version', requestOptions())).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('text/html'),
    })
    standIn().respond = (_request, response) => {
      response.writeHead(200, {'content-length': 100})
      response.write('half', () => response.destroy())
    }
    expect(await api.get('/version', requestOptions())).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('cut off after 4 bytes'),
    })
  })

  it('a server that accepts and never answers is a timeout', async () => {
    standIn().respond = () => {}
    expect(await (await connect()).getJson('/version', requestOptions({timeoutSeconds: 0.2}))).toMatchObject({
      reason: 'timeout',
      detail: expect.stringMatching(/gave no answer within 0.2 s/),
    })
    const held: Socket[] = []
    const silent = await startPod(createServer(socket => held.push(socket)))
    const api = await connect({cluster: {server: `https://127.0.0.1:${silent.port}`}})
    expect(await api.getJson('/version', requestOptions({timeoutSeconds: 0.2}))).toMatchObject({reason: 'timeout'})
    await silent.close()
  })

  it('a run that is stopped says so, and a run whose time is up is a timeout', async () => {
    standIn().respond = () => {}
    const api = await connect()
    const controller = new AbortController()
    const request = api.getJson('/version', requestOptions({signal: controller.signal}))
    controller.abort()
    expect(await request).toMatchObject({reason: 'interrupted'})
    expect(await api.getJson('/version', requestOptions({signal: AbortSignal.timeout(50)}))).toMatchObject({
      reason: 'timeout',
    })
  })

  it('a server that is not there, not trusted, or plain HTTP is told apart', async () => {
    const closed = await startPod(createServer())
    await closed.close()
    const refused = await connect({cluster: {server: `https://127.0.0.1:${closed.port}`}})
    expect(await refused.getJson('/version', requestOptions())).toMatchObject({
      reason: 'unreachable',
      detail: expect.stringContaining('connection refused'),
    })
    const other = await startStandIn()
    const untrusted = await connect({cluster: {server: other.url}})
    expect(await untrusted.getJson('/version', requestOptions())).toMatchObject({
      reason: 'untrusted',
      detail: expect.stringContaining("not signed by the kubeconfig's certificate authority"),
    })
    const unchecked = await connect({
      cluster: {server: other.url, 'insecure-skip-tls-verify': true, 'certificate-authority-data': undefined},
    })
    expect(await unchecked.getJson('/version', requestOptions())).toMatchObject({reason: 'not-found'})
    await other.close()
    const plain = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await once(plain.listen(0, '127.0.0.1'), 'listening')
    const address = plain.address() as {port: number}
    const notTls = await connect({cluster: {server: `https://127.0.0.1:${address.port}`}})
    expect(await notTls.getJson('/version', requestOptions())).toMatchObject({
      detail: expect.stringContaining('does not speak TLS'),
    })
    const http = await connect({cluster: {server: `http://127.0.0.1:${address.port}`}, user: null})
    expect(await http.getJson('/version', requestOptions())).toMatchObject({
      reason: 'failed',
      detail: expect.stringContaining('400'),
    })
    plain.close()
  })

  it('a certificate for another name is accepted only with tls-server-name', async () => {
    const named = await startStandIn({}, ['api.internal'])
    const wrong = await contextOf(named)
    const right = await contextOf(named, {cluster: {'tls-server-name': 'api.internal'}})
    expect(await connectApiServer(wrong, asMyself).getJson('/version', requestOptions())).toMatchObject({
      reason: 'untrusted',
      detail: expect.stringContaining('its certificate is not for 127.0.0.1: it is for api.internal'),
    })
    const api = connectApiServer(right, asMyself)
    expect(await api.getJson('/version', requestOptions())).toMatchObject({reason: 'not-found'})
    api.close()
    await named.close()
  })

  it('a token with a line break is a failure that does not show it', async () => {
    const broken = await (await connect({user: {token: 'a\nb'}})).getJson('/version', requestOptions())
    expect(broken).toMatchObject({
      reason: 'unusable',
      detail: expect.stringContaining('Authorization header for user me'),
    })
    expect(JSON.stringify(broken)).not.toContain('a\\nb')
  })

  it('a context that names a missing cluster fails by itself', async () => {
    const context = {...(await contextOf(standIn())), cluster: null}
    expect(await connectApiServer(context, asMyself).getJson('/version', requestOptions())).toMatchObject({
      ok: false,
      reason: 'unusable',
      detail: expect.stringContaining('names the cluster "here", which the kubeconfig does not have'),
    })
  })
})
