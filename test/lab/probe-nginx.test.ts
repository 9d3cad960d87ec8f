/** Each layer broken in turn by a real nginx in front of a receiver: the probe from here names the first that fails. */

import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import type {AddressInfo} from 'node:net'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {HERE} from '../../src/collect/probe/here.ts'
import {NO_CREDENTIALS, type RemoteCredentials} from '../../src/collect/probe/remote.ts'
import {tryWay} from '../../src/collect/probe/way.ts'
import {readProbes} from '../../src/facts/probe/probe.ts'
import {aPlan} from '../collect/probe/a-plan.ts'
import {startBlackHole} from './black-hole.ts'
import {type Authority, createAuthority} from './kubernetes/certificates.ts'
import {findNginx, startNginx} from './nginx.ts'
import type {LabProcess} from './processes.ts'
import {behaviours, type FaultyReceiver, startReceiver} from './receiver.ts'

const nginx = await findNginx()
if (nginx === null)
  process.stderr.write('no nginx can be had (set NGINX to one): its part of the probe tests is left out\n')

const SERVERS = [
  'plain',
  'tls',
  'mutual',
  'expired',
  'otherName',
  'password',
  'moved',
  'moved308',
  'tooLarge',
  'badGateway',
] as const
type Server = (typeof SERVERS)[number]

describe.skipIf(nginx === null)('a real nginx in front of the receiver', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'promfleet-nginx-'))
  let authority: Authority
  let receiver: FaultyReceiver
  let front: LabProcess
  let ports: Record<Server, number>

  beforeAll(async () => {
    authority = await createAuthority('nginx test')
    receiver = await startReceiver(behaviours.accept)
    const free = await Promise.all(SERVERS.map(() => freePort()))
    ports = Object.fromEntries(SERVERS.map((name, index) => [name, free[index] ?? 0])) as Record<Server, number>
    const file = (name: string, text: string) => {
      writeFileSync(path.join(directory, name), text, {mode: 0o600})
      return path.join(directory, name)
    }
    const day = 24 * 3600 * 1000
    const certificate = async (name: string, options: Partial<Parameters<Authority['issue']>[0]> = {}) => {
      const leaf = await authority.issue({commonName: 'central', names: ['127.0.0.1', 'localhost'], ...options})
      return `ssl_certificate ${file(`${name}.pem`, leaf.certificatePem)}; ssl_certificate_key ${file(`${name}.key`, leaf.keyPem)};`
    }
    const pass = `location / { proxy_pass ${new URL(receiver.url).origin}; }`
    const good = await certificate('good')
    const expired = await certificate('expired', {
      notBefore: new Date(Date.now() - 90 * day),
      notAfter: new Date(Date.now() - day),
    })
    const other = await certificate('other', {names: ['old-central.example.com']})
    const blocks: Record<Server, string> = {
      plain: pass,
      tls: `${good} ${pass}`,
      mutual: `${good} ssl_client_certificate ${file('ca.pem', authority.certificatePem)}; ssl_verify_client on; ${pass}`,
      expired: `${expired} ${pass}`,
      otherName: `${other} ${pass}`,
      password: `auth_basic "central"; auth_basic_user_file ${file('users', 'agent:{PLAIN}right\n')}; ${pass}`,
      moved: 'return 302 https://login.example/?token=abc;',
      moved308: `return 308 http://127.0.0.1:${ports.plain}$request_uri;`,
      // The empty write has one byte.
      tooLarge: 'location / { return 413; }',
      badGateway: `location / { proxy_pass http://127.0.0.1:${await freePort()}; }`,
    }
    const isTls = (name: Server) => ['tls', 'mutual', 'expired', 'otherName'].includes(name)
    const servers = SERVERS.map(
      name => `server { listen 127.0.0.1:${ports[name]}${isTls(name) ? ' ssl' : ''}; ${blocks[name]} }`,
    )
    if (nginx !== null) front = await startNginx(nginx, path.join(directory, 'run'), ports.plain, servers.join('\n'))
  })
  afterAll(async () => {
    await front?.kill()
    await receiver?.close()
    rmSync(directory, {recursive: true, force: true})
  })

  async function probe(url: string, remote: Partial<RemoteCredentials> = {}, yaml = '') {
    const credentials = {...NO_CREDENTIALS, authority: authority.certificatePem, ...remote}
    const seen = await tryWay(aPlan(url, yaml, credentials), HERE, credentials, new AbortController().signal)
    const [probed] = readProbes({probes: [seen]})
    if (!probed) throw new Error('nothing was probed')
    const {failing, unknown, accepts} = probed
    return {
      failing: failing?.layer ?? null,
      unknown: unknown?.layer ?? null,
      class: (failing ?? unknown)?.class ?? null,
      accepts,
      seen,
    }
  }
  const at = (name: Server, scheme = 'http') => `${scheme}://127.0.0.1:${ports[name]}/api/v1/write`

  it.each<[Server, string, object]>([
    ['plain', 'http', {failing: null, accepts: true}],
    ['tls', 'https', {failing: null, accepts: true}],
    ['tls', 'http', {failing: 'http', class: 'scheme-mismatch'}],
    ['plain', 'https', {failing: 'tls', class: 'scheme-mismatch'}],
    ['mutual', 'https', {failing: 'tls', class: 'tls-client-certificate'}],
    ['expired', 'https', {failing: 'tls', class: 'tls-expired'}],
    ['otherName', 'https', {failing: 'tls', class: 'tls-name-mismatch'}],
    ['password', 'http', {failing: 'authentication', class: 'unauthorized'}],
    ['moved', 'http', {failing: 'http', class: 'redirected'}],
    ['moved308', 'http', {failing: null, accepts: true}],
    ['tooLarge', 'http', {failing: 'accept', class: 'payload-too-large'}],
    ['badGateway', 'http', {failing: 'receiver', class: 'bad-gateway'}],
  ])('%s by %s', async (name, scheme, expected) => {
    expect(await probe(at(name, scheme))).toMatchObject(expected)
  })

  it('lets through who shows a client certificate, or a password', async () => {
    const client = await authority.issue({commonName: 'agent'})
    const clientCertificate = {certificate: client.certificatePem, key: client.keyPem}
    expect(await probe(at('mutual', 'https'), {clientCertificate})).toMatchObject({failing: null, accepts: true})
    const basic = (password: string) => ({
      authorization: {kind: 'basic' as const, header: `Basic ${Buffer.from(`agent:${password}`).toString('base64')}`},
    })
    expect(await probe(at('password'), basic('right'))).toMatchObject({failing: null, accepts: true})
    expect(await probe(at('password'), basic('wrong'))).toMatchObject({
      failing: 'authentication',
      class: 'unauthorized',
    })
  })

  it('accuses nobody for what only the agent has', async () => {
    const password = 'basic_auth: {username: agent, password: <secret>}'
    expect(await probe(at('password'), {}, password)).toMatchObject({
      failing: null,
      unknown: 'authentication',
      accepts: false,
    })
    const certificate = 'tls_config: {cert_file: a.pem, key_file: a.key}'
    expect(await probe(at('mutual', 'https'), {}, certificate)).toMatchObject({failing: null, unknown: 'tls'})
  })

  it('goes by server_name and insecure_skip_verify, as the agent does', async () => {
    const named = 'tls_config: {server_name: old-central.example.com}'
    expect(await probe(at('otherName', 'https'), {}, named)).toMatchObject({failing: null, accepts: true})
    const blind = 'tls_config: {insecure_skip_verify: true}'
    expect(await probe(at('expired', 'https'), {}, blind)).toMatchObject({failing: null, accepts: true})
  })

  it('keeps no query of a redirect, where logins put their tokens', async () => {
    const {seen} = await probe(at('moved'))
    expect(seen.http).toMatchObject({ok: true, value: {location: 'https://login.example/'}})
  })

  it('takes no more than it has to when all is well', async () => {
    const {seen} = await probe(at('tls', 'https'))
    expect(seen.seconds).toBeLessThan(5)
  })
})

it('finds that connections are swallowed', async () => {
  const port = await freePort()
  const hole = await startBlackHole('127.0.0.1', port)
  try {
    const plan = aPlan(`http://127.0.0.1:${port}/api/v1/write`)
    const seen = await tryWay(plan, HERE, NO_CREDENTIALS, new AbortController().signal)
    const [probed] = readProbes({probes: [seen]})
    expect(probed?.failing).toMatchObject({layer: 'tcp', class: 'unreachable'})
  } finally {
    await hole.close()
  }
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
