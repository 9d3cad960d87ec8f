/** What stands where a receiver should be: web pages, logins, certificates with hostile names, refused client certificates. */
import {once} from 'node:events'
import {createServer as createHttpServer, type RequestListener} from 'node:http'
import {createServer as createHttpsServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import {createServer as createTlsServer, type TlsOptions} from 'node:tls'
import {afterEach, beforeAll, describe, expect, it} from 'vitest'
import {HERE} from '../../../src/collect/probe/here.ts'
import {NO_CREDENTIALS, type RemoteCredentials} from '../../../src/collect/probe/remote.ts'
import {tryWay} from '../../../src/collect/probe/way.ts'
import {reportProbe} from '../../../src/diagnose/probe/report-probe.ts'
import type {ProbeEvidence} from '../../../src/evidence/probe.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {readProbes} from '../../../src/facts/probe/probe.ts'
import {renderProbe} from '../../../src/report/probe/probe.ts'
import {aFleet, anAgent} from '../../builders/evidence.ts'
import {UNSAFE} from '../../fuzz.ts'
import {type Authority, createAuthority} from '../../lab/kubernetes/certificates.ts'
import {aPlan} from './a-plan.ts'

let ours: Authority
let theirs: Authority
const closing: (() => void)[] = []
beforeAll(async () => {
  ours = await createAuthority('ours')
  theirs = await createAuthority('theirs')
})
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serveHttp(handle: RequestListener): Promise<string> {
  const server = createHttpServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`
}

async function serveHttps(options: TlsOptions = {}, commonName = 'central'): Promise<string> {
  const leaf = await ours.issue({commonName, names: ['127.0.0.1']})
  const own = {key: leaf.keyPem, cert: leaf.certificatePem, ca: ours.certificatePem, ...options}
  const server = createHttpsServer(own, (_, response) => response.writeHead(204).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.on('tlsClientError', () => undefined)
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`
}

const probe = (url: string, remote: RemoteCredentials = NO_CREDENTIALS, yaml = '') =>
  tryWay(aPlan(url, yaml, remote), HERE, remote, new AbortController().signal)
const judge = (seen: ProbeEvidence) => {
  const [own] = readProbes({probes: [seen]})
  return {layer: (own?.failing ?? own?.unknown)?.layer, ...own}
}
/** As people see it, below an agent of which nothing is known, so that the probe speaks. */
function shown(url: string, seen: ProbeEvidence, yaml = ''): string {
  const agents = [
    anAgent({queues: [{url, doing: 'idle', figures: {bytes: 0}}], uptimeSeconds: 30, remoteWriteYaml: yaml}),
  ]
  const report = reportProbe(readFacts({...aFleet({agents}), probes: [seen]}), {interruptedWith: null})
  return renderProbe(report, {columns: 160, colour: false, unicode: true, verbose: true})
}

describe('a client certificate', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of another authority is refused over %s, and that is about what was given',
    async version => {
      const url = await serveHttps({
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: version,
        maxVersion: version,
      })
      const client = await theirs.issue({commonName: 'agent'})
      const clientCertificate = {certificate: client.certificatePem, key: client.keyPem}
      const remote = {...NO_CREDENTIALS, authority: ours.certificatePem, clientCertificate}
      const {failing, refusedGiven, accepts} = judge(await probe(url, remote))
      expect(accepts).toBe(false)
      expect(failing).toMatchObject({layer: 'tls', class: 'tls-client-certificate'})
      expect(refusedGiven).toMatchObject({flags: ['--remote-cert-file', '--remote-key-file']})
    },
  )
  it('of the right authority is taken', async () => {
    const url = await serveHttps({requestCert: true, rejectUnauthorized: true})
    const client = await ours.issue({commonName: 'agent'})
    const clientCertificate = {certificate: client.certificatePem, key: client.keyPem}
    expect(
      judge(await probe(url, {...NO_CREDENTIALS, authority: ours.certificatePem, clientCertificate})).accepts,
    ).toBe(true)
  })
  it('whose key is another one cannot be used, which tells nothing of the way', async () => {
    const [one, two] = [await ours.issue({commonName: 'a'}), await ours.issue({commonName: 'b'})]
    const clientCertificate = {certificate: one.certificatePem, key: two.keyPem}
    const {failing, unknown} = judge(await probe(await serveHttps(), {...NO_CREDENTIALS, clientCertificate}))
    expect({failing, unknown}).toMatchObject({
      failing: null,
      unknown: {layer: 'tls', says: expect.stringContaining('cannot be used')},
    })
  })
})

describe('authorities that were given', () => {
  it('vouch for the receiver, or it is what was given that fails', async () => {
    const url = await serveHttps()
    expect(judge(await probe(url, {...NO_CREDENTIALS, authority: ours.certificatePem})).accepts).toBe(true)
    const {failing, refusedGiven} = judge(await probe(url, {...NO_CREDENTIALS, authority: theirs.certificatePem}))
    expect(failing).toMatchObject({layer: 'tls', class: 'tls-untrusted'})
    expect(refusedGiven).toMatchObject({flags: ['--remote-ca-file']})
  })
  it('that are no certificate trust nobody, and are named as what to check', async () => {
    const {failing, unknown} = judge(await probe(await serveHttps(), {...NO_CREDENTIALS, authority: 'no PEM'}))
    expect((failing ?? unknown)?.layer).toBe('tls')
  })
})

describe('a certificate with hostile names', () => {
  it.each([
    ['escape sequences', 'evil\u001b[31m\u001b]0;title\u0007\u202e\u2028name'],
    ['line breaks', 'central\nfails     from here: nothing\r\n✓ all is well'],
    ['10 KB', `central-${'x'.repeat(10_240)}`],
  ])('%s goes no further than a bounded line', async (_, commonName) => {
    const url = await serveHttps({}, commonName)
    const seen = await probe(url)
    const text = shown(url, seen)
    expect(JSON.stringify(seen)).not.toMatch(UNSAFE)
    expect(JSON.stringify(seen).length).toBeLessThan(6000)
    expect(text).not.toMatch(UNSAFE)
    expect(text.split('\n').some(line => line.startsWith('✓ all is well'))).toBe(false)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(160)
  })
  it('in its alternative names goes no further either', async () => {
    const names = ['evil\u001b[31mname.example', ...Array.from({length: 200}, (_, index) => `n${index}.example`)]
    const leaf = await ours.issue({commonName: 'central', names})
    const server = createTlsServer({key: leaf.keyPem, cert: leaf.certificatePem}, socket => socket.end()).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    closing.push(() => server.close())
    const seen = await probe(`https://127.0.0.1:${(server.address() as AddressInfo).port}/w`)
    expect(JSON.stringify(seen)).not.toMatch(UNSAFE)
    expect(seen.tls?.ok && seen.tls.value.chain[0]?.names.length).toBeLessThanOrEqual(50)
    expect(judge(seen).failing).toMatchObject({layer: 'tls', class: 'tls-name-mismatch'})
  })
})

describe('a web page in place of a receiver', () => {
  const page =
    '<!DOCTYPE html><html><head><title>Guest Wi-Fi</title><style>b{}</style></head><body>Please sign in</body></html>'
  it('that says 200 is none, though an agent takes it for success', async () => {
    const url = await serveHttp((_, response) => response.writeHead(200, {'content-type': 'text/html'}).end(page))
    const {failing, accepts} = judge(await probe(url))
    expect(accepts).toBe(false)
    expect(failing).toMatchObject({layer: 'receiver', says: expect.stringContaining('web page')})
  })
  it('that says 511 shows its words, and not its markup', async () => {
    const url = await serveHttp((_, response) => response.writeHead(511, {'content-type': 'text/html'}).end(page))
    const text = shown(url, await probe(url))
    expect(text).toContain('Please sign in')
    expect(text).not.toContain('<html')
  })
  it.each([301, 302, 303])(
    'is told by its redirect to a login with %i, without what its address carries',
    async status => {
      const login = 'https://login.example/auth?state=Zq7State&client_secret=Zq7Secret'
      const url = await serveHttp((_, response) => response.writeHead(status, {location: login}).end())
      const seen = await probe(url)
      expect(judge(seen).failing).toMatchObject({
        layer: 'http',
        class: 'redirected',
        says: expect.stringContaining('https://login.example/auth'),
      })
      expect(`${JSON.stringify(seen)}${shown(url, seen)}`).not.toContain('Zq7')
    },
  )
  it('is not followed to with follow_redirects off, which is what is said', async () => {
    let asked = 0
    const url = await serveHttp((_, response) => {
      asked += 1
      response.writeHead(307, {location: '/elsewhere'}).end()
    })
    const seen = await probe(url, NO_CREDENTIALS, 'follow_redirects: false')
    expect(asked).toBe(1)
    expect(judge(seen).failing).toMatchObject({layer: 'http', says: expect.stringContaining('follow_redirects is off')})
    expect(judge(await probe(url)).failing).toMatchObject({
      layer: 'http',
      says: expect.stringContaining('leads nowhere'),
    })
  })
})

describe('a way to sign in that is not probed', () => {
  it.each([
    ['OAuth2', 'oauth2: {client_id: a, client_secret: Zq7Secret, token_url: http://t.example}'],
    ['SigV4', 'sigv4: {region: eu-west-1}'],
    ['AzureAD', 'azuread: {managed_identity: {client_id: a}}'],
    ['Google IAM', 'google_iam: {credentials_file: /x}'],
  ])('is named: %s', async (name, yaml) => {
    const url = await serveHttp((_, response) => response.writeHead(401).end())
    const seen = await probe(url, NO_CREDENTIALS, yaml)
    const {failing, unknown} = judge(seen)
    expect(failing).toBeNull()
    expect(unknown).toMatchObject({layer: 'authentication', says: expect.stringContaining(`${name} is not probed`)})
    const text = shown(url, seen, yaml)
    expect(text).toContain(`the agent signs in with ${name}, which is not probed`)
    expect(text).not.toContain('Zq7')
  })
})

describe('remote write 2.0', () => {
  const yaml = 'protobuf_message: io.prometheus.write.v2.Request'
  it('is asked for as the agent asks for it, and counts where the receiver says what it has written', async () => {
    const asked: (string | undefined)[] = []
    const url = await serveHttp((request, response) => {
      asked.push(request.headers['content-type'], String(request.headers['x-prometheus-remote-write-version']))
      response.writeHead(204, {'x-prometheus-remote-write-samples-written': '0'}).end()
    })
    const seen = await probe(url, NO_CREDENTIALS, yaml)
    expect(judge(seen)).toMatchObject({accepts: true, failing: null})
    expect(asked).toEqual(['application/x-protobuf;proto=io.prometheus.write.v2.Request', '2.0.0'])
  })
  it.each<[string, number, Record<string, string>, object]>([
    ['takes it for 1.0', 204, {}, {layer: 'receiver', class: 'unsupported-protocol'}],
    ['says that it does not know it', 415, {}, {layer: 'receiver', class: 'unsupported-protocol'}],
  ])('fails at the receiver that %s', async (_, status, headers, expected) => {
    const url = await serveHttp((_request, response) => response.writeHead(status, headers).end())
    expect(judge(await probe(url, NO_CREDENTIALS, yaml)).failing).toMatchObject(expected)
  })
})
