/** What a probe sees of TLS, against real handshakes on loopback. */
import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {createServer, type TlsOptions} from 'node:tls'
import {afterEach, beforeAll, describe, expect, it} from 'vitest'
import {HERE} from '../../../src/collect/probe/here.ts'
import {NO_CREDENTIALS, type RemoteCredentials} from '../../../src/collect/probe/remote.ts'
import {tryWay} from '../../../src/collect/probe/way.ts'
import type {ProbeEvidence} from '../../../src/evidence/probe.ts'
import {readProbes} from '../../../src/facts/probe/probe.ts'
import {UNSAFE} from '../../fuzz.ts'
import {type Authority, createAuthority} from '../../lab/kubernetes/certificates.ts'
import {aPlan} from './a-plan.ts'

const answer = 'HTTP/1.1 204 No Content\r\n\r\n'
let authority: Authority
const closing: (() => void)[] = []

beforeAll(async () => {
  authority = await createAuthority('probe test')
})
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Speaks TLS with these options, and then answers 204 to whatever comes. */
async function serve(options: TlsOptions, names = ['127.0.0.1']): Promise<string> {
  const leaf = await authority.issue({commonName: 'central', names})
  const server = createServer(
    {key: leaf.keyPem, cert: leaf.certificatePem, ca: authority.certificatePem, ...options},
    socket => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(answer))
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`
}

const trusting = (): RemoteCredentials => ({...NO_CREDENTIALS, authority: authority.certificatePem})

function probe(url: string, remote: RemoteCredentials = trusting(), yaml = ''): Promise<ProbeEvidence> {
  return tryWay(aPlan(url, yaml, remote), HERE, remote, new AbortController().signal)
}

const tlsOf = ({tls}: ProbeEvidence) => {
  if (!tls?.ok) throw new Error(`no handshake: ${JSON.stringify(tls)}`)
  return tls.value
}

describe('the TLS layer', () => {
  it('tells the version, the chain with its names and end, and that it is trusted', async () => {
    const seen = await probe(await serve({}))
    const tls = tlsOf(seen)
    expect(tls).toMatchObject({protocol: 'TLSv1.3', name: '127.0.0.1', untrusted: null, wrongName: null})
    expect(tls.chain[0]).toMatchObject({subject: 'CN=central', issuer: 'CN=probe test', names: ['127.0.0.1']})
    expect(Date.parse(tls.chain[0]?.notAfter ?? '')).toBeGreaterThan(Date.now())
    expect(seen.http).toMatchObject({ok: true, value: {status: 204}})
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('knows over %s whether a client certificate is asked for', async version => {
    const versions = {minVersion: version, maxVersion: version}
    for (let round = 0; round < 5; round += 1) {
      expect(tlsOf(await probe(await serve(versions))).clientCertificate).toBe('not-asked')
      const asking = await serve({...versions, requestCert: true, rejectUnauthorized: false})
      expect(tlsOf(await probe(asking)).clientCertificate).toBe('asked')
      const client = await authority.issue({commonName: 'agent'})
      const withOne = {...trusting(), clientCertificate: {certificate: client.certificatePem, key: client.keyPem}}
      expect(tlsOf(await probe(asking, withOne)).clientCertificate).toBe('asked')
    }
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('says over %s that a client certificate is missing', async version => {
    const url = await serve({minVersion: version, maxVersion: version, requestCert: true, rejectUnauthorized: true})
    const seen = await probe(url)
    const [own] = readProbes({probes: [seen]})
    expect(own?.failing).toMatchObject({layer: 'tls', class: 'tls-client-certificate'})
  })

  it('tells one end of a chain from another: expired, for another name, for none', async () => {
    const day = 24 * 3600 * 1000
    const old = await authority.issue({
      ...{commonName: 'central', names: ['127.0.0.1']},
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    })
    const faults = [
      await probe(await serve({key: old.keyPem, cert: old.certificatePem})),
      await probe(await serve({}, ['old-central.example.com'])),
      // Go does not look at the common name.
      await probe(await serve({}, [])),
    ].map(seen => readProbes({probes: [seen]})[0]?.failing)
    expect(faults).toMatchObject([
      {layer: 'tls', class: 'tls-expired'},
      {
        layer: 'tls',
        class: 'tls-name-mismatch',
        says: expect.stringContaining('is for old-central.example.com, not for 127.0.0.1'),
      },
      {layer: 'tls', class: 'tls-name-mismatch', says: expect.stringContaining('names no address at all')},
    ])
  })

  it('shows hostile names of a certificate without what could control a terminal', async () => {
    const evil = await authority.issue({commonName: 'evil\u001b[31m\u202ename', names: ['127.0.0.1']})
    const seen = await probe(await serve({key: evil.keyPem, cert: evil.certificatePem}))
    expect(tlsOf(seen).chain[0]?.subject).toContain('evil')
    expect(JSON.stringify(seen)).not.toMatch(/\\u001b|\\u202e/)
    expect(JSON.stringify(seen)).not.toMatch(UNSAFE)
  })

  it('goes on when the chain is not trusted here, and says so', async () => {
    const seen = await probe(await serve({}), NO_CREDENTIALS)
    expect(tlsOf(seen).untrusted).not.toBeNull()
    expect(seen.http).toMatchObject({ok: true})
  })
})
