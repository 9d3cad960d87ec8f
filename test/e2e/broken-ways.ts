/**
 * Ways from an agent to its central, each broken at a layer of its own: by a real nginx on this machine in front of a real receiver, by
 * names, ports and hosts that do not answer. With each stands what has to be seen of it, from every place.
 */
import {once} from 'node:events'
import {writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {createServer, type Server, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {ProbeView} from '../../src/diagnose/probe/endpoint-probe.ts'
import {freePort} from '../lab/addresses.ts'
import {startBlackHole} from '../lab/black-hole.ts'
import {type Authority, createAuthority} from '../lab/kubernetes/certificates.ts'
import {startNginx} from '../lab/nginx.ts'

/** In the words of `inWords`. */
export interface Way {
  /** Name of its queue. */
  name: string
  /** Of its remote_write entry. */
  entry: {url: string} & Record<string, unknown>
  /** As the log of an agent tells it, which from 3.0 on holds back lines of other queues. */
  agent: string
  /** Right, too. */
  agentToo?: string
  here: string
  pod: string
  /** With the views of agent, here and pod. */
  verdict: string
}

/** `works`, `fails at tls: tls-expired`; `fails: timed-out` where the layer is not visible, `not known beyond tls: ...` where it is nobody's fault. */
export function inWords({
  outcome,
  layer,
  class: errorClass,
}: Pick<ProbeView, 'layer' | 'class'> & {outcome: string}): string {
  const says = {works: 'works', fails: 'fails', broken: 'broken', unknown: 'not known'}[outcome] ?? outcome
  const where = layer === null ? '' : outcome === 'unknown' ? ` beyond ${layer}` : ` at ${layer}`
  return `${says}${where}${errorClass === null ? '' : `: ${errorClass}`}`
}

export interface Ways {
  ways: Way[]
  /** To be put beside the agent's prometheus.yml. */
  files: Record<string, string>
  /** Of this machine, for --remote-ca-file and --remote-password-file. */
  given: {authorityFile: string; passwordFile: string}
  close(): Promise<void>
}

const dayMs = 24 * 3600 * 1000
const PASSWORD = 'right-password'
const FILES = '/etc/prometheus'

/** Names of nginx' servers; those that speak TLS have a certificate. */
const SERVERS = {
  plain: null,
  tls: 'good',
  mutual: 'good',
  unknownAuthority: 'unknown',
  expired: 'expired',
  otherName: 'other',
  password: null,
  moved: null,
  movedForGood: null,
  login: null,
  tooLarge: null,
  badGateway: null,
} as const
type ServerName = keyof typeof SERVERS
const SERVER_NAMES = Object.keys(SERVERS) as ServerName[]
/** nginx' own ones, and those where nobody listens (`closed`, `gone`) or takes what is sent (`hole`). */
type Ports = Record<ServerName | 'closed' | 'hole' | 'gone', number>
type Certificates = Awaited<ReturnType<typeof certificatesFor>>

/** `host`: an address of this machine that pods reach; `central`: HOST:PORT of the receiver behind nginx. */
export async function breakWays(nginx: string, host: string, central: string): Promise<Ways> {
  const begun: (() => unknown)[] = []
  const close = async () => {
    for (const end of begun.splice(0).reverse()) await end()
  }
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'promfleet-ways-'))
    begun.push(() => rm(directory, {recursive: true, force: true}))
    const file = (name: string, text: string) => {
      writeFileSync(path.join(directory, name), text, {mode: 0o600})
      return path.join(directory, name)
    }
    const [authority, stranger] = await Promise.all([createAuthority('the central'), createAuthority('somebody else')])
    const certificates = await certificatesFor(host, authority, stranger)
    const client = await authority.issue({commonName: 'agent'})
    const authorityFile = file('ca.pem', authority.certificatePem)
    const ports = await freePorts(host)
    const servers = serverBlocks({host, central, ports, authorityFile, certificates, file})
    const front = await startNginx(nginx, directory, ports.plain, servers, host)
    begun.push(() => front.kill())
    const swallowing = await startBlackHole(host, ports.hole)
    begun.push(() => swallowing.close())
    const silent = await startSilent(host)
    begun.push(() => silent.close())
    return {
      ways: listWays(host, ports, silent.port),
      files: {'ca.pem': authority.certificatePem, 'client.pem': client.certificatePem, 'client.key': client.keyPem},
      given: {authorityFile, passwordFile: file('password', PASSWORD)},
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function freePorts(host: string): Promise<Ports> {
  const names = [...SERVER_NAMES, 'closed', 'hole', 'gone'] as const
  const free = await Promise.all(names.map(async name => [name, await freePort(host)] as const))
  return Object.fromEntries(free) as Ports
}

interface Front {
  host: string
  central: string
  ports: Ports
  authorityFile: string
  certificates: Certificates
  /** Writes a file beside nginx' own and says where it is. */
  file(name: string, text: string): string
}

/** What nginx serves, in its own language. */
function serverBlocks({host, central, ports, authorityFile, certificates, file}: Front): string {
  const tls = (name: keyof Certificates) => {
    const {certificatePem, keyPem} = certificates[name]
    return `ssl_certificate ${file(`${name}.pem`, certificatePem)}; ssl_certificate_key ${file(`${name}.key`, keyPem)};`
  }
  const pass = `location / { proxy_pass http://${central}; }`
  // Whatever the path: it tells apart those who write to the same server.
  const passAll = `location / { rewrite ^ /api/v1/write break; proxy_pass http://${central}; }`
  const blocks: Record<ServerName, string> = {
    plain: pass,
    tls: pass,
    mutual: `ssl_client_certificate ${authorityFile}; ssl_verify_client on; ${passAll}`,
    unknownAuthority: pass,
    expired: pass,
    otherName: pass,
    password: `auth_basic "central"; auth_basic_user_file ${file('users', `agent:{PLAIN}${PASSWORD}\n`)}; ${passAll}`,
    moved: `return 302 http://${host}:${ports.login}/login;`,
    movedForGood: `return 308 http://${host}:${ports.plain}$request_uri;`,
    login: 'default_type text/html; return 200 "<!doctype html><title>Please log in</title>";',
    tooLarge: 'location / { return 413; }', // the empty write has one byte: no limit that nginx has is smaller
    badGateway: `location / { proxy_pass http://${host}:${ports.gone}; }`,
  }
  return SERVER_NAMES.map(name => {
    const certificate = SERVERS[name]
    return `server { listen ${host}:${ports[name]}${certificate ? ' ssl' : ''}; ${certificate ? tls(certificate) : ''} ${blocks[name]} }`
  }).join('\n')
}

function listWays(host: string, ports: Ports, silentPort: number): Way[] {
  const at = (name: ServerName, urlPath = '/api/v1/write') =>
    `${SERVERS[name] ? 'https' : 'http'}://${host}:${ports[name]}${urlPath}`
  const write = (port: number) => `http://${host}:${port}/api/v1/write`
  const trusting = {ca_file: `${FILES}/ca.pem`}
  const shown = {...trusting, cert_file: `${FILES}/client.pem`, key_file: `${FILES}/client.key`}
  const quickly = {remote_timeout: '3s'}
  return [
    way('plain', {url: at('plain')}, works),
    way('tls', {url: at('tls'), tls_config: trusting}, works),
    way(
      'certificate',
      {url: at('mutual'), tls_config: shown},
      {...works, ...elsewhere('not known beyond tls: tls-client-certificate')},
    ),
    way(
      'password',
      {url: at('password', '/right'), basic_auth: {username: 'agent', password: PASSWORD}},
      {...works, ...elsewhere('not known beyond authentication: unauthorized')},
    ),
    way('moved-for-good', {url: at('movedForGood')}, works),
    way('no-such-name', {url: 'http://no-such-host.invalid/api/v1/write'}, fails('at dns: name-not-resolved')),
    way('closed', {url: write(ports.closed)}, fails('at tcp: refused')),
    // Whether the dial or the request gives up first depends on the release of Go.
    way(
      'swallowed',
      {url: write(ports.hole), ...quickly},
      {...fails('at tcp: unreachable'), agent: 'fails: timed-out', agentToo: 'fails at tcp: unreachable'},
    ),
    way('silent', {url: write(silentPort), ...quickly}, {...fails('at http: timed-out'), agent: 'fails: timed-out'}),
    // Without its ca_file nobody else can judge that.
    way(
      'unknown-authority',
      {url: at('unknownAuthority'), tls_config: trusting},
      {...fails('at tls: tls-untrusted'), ...elsewhere('works')},
    ),
    way('expired', {url: at('expired'), tls_config: trusting}, fails('at tls: tls-expired')),
    way('other-name', {url: at('otherName'), tls_config: trusting}, fails('at tls: tls-name-mismatch')),
    // Of nginx' page with the reason in it an agent before 3.0 logs the first line: <html>.
    way(
      'no-certificate',
      {url: at('mutual', '/without'), tls_config: trusting},
      {...fails('at tls: tls-client-certificate'), ...oneLine('fails at tls: tls-client-certificate')},
    ),
    way(
      'plain-to-tls',
      {url: `http://${host}:${ports.tls}/api/v1/write`},
      {...fails('at http: scheme-mismatch'), ...oneLine('fails at http: scheme-mismatch')},
    ),
    way('no-password', {url: at('password')}, fails('at authentication: unauthorized')),
    way(
      'wrong-password',
      {url: at('password', '/wrong'), basic_auth: {username: 'agent', password: 'last-years'}},
      {...fails('at authentication: unauthorized'), ...elsewhere('not known beyond authentication: unauthorized')},
    ),
    // To the agent the login page is a success.
    way('moved-to-login', {url: at('moved')}, {...fails('at http: redirected'), agent: 'works'}),
    way('web-page', {url: at('login')}, {...fails('at receiver'), agent: 'works'}),
    way('bad-gateway', {url: at('badGateway')}, fails('at receiver: bad-gateway')),
    way('wrong-path', {url: at('plain', '/api/v1/wright')}, fails('at receiver: wrong-path')),
    way('too-large', {url: at('tooLarge')}, fails('at accept: payload-too-large')),
  ]
}

type Seen = Pick<Way, 'agent' | 'agentToo' | 'here' | 'pod' | 'verdict'>

function way(name: string, entry: Way['entry'], seen: Seen): Way {
  // Several queues write to one receiver: each series of its own, since the receiver takes them in order only.
  const write_relabel_configs = [{target_label: 'way', replacement: name}]
  const queue_config = {batch_send_deadline: '1s', max_backoff: '2s'}
  return {name, entry: {name, queue_config, write_relabel_configs, ...entry}, ...seen}
}

const works: Seen = {agent: 'works', here: 'works', pod: 'works', verdict: 'works'}

function fails(where: string): Seen {
  return {agent: `fails ${where}`, ...elsewhere(`fails ${where}`), verdict: `broken ${where}`}
}

function oneLine(agentToo: string): Pick<Way, 'agent' | 'agentToo'> {
  return {agent: 'fails: html-bad-request', agentToo}
}

/** What only the agent has is not shown from elsewhere. */
function elsewhere(seen: string): Pick<Way, 'here' | 'pod'> {
  return {here: seen, pod: seen}
}

async function certificatesFor(host: string, authority: Authority, stranger: Authority) {
  const own = {commonName: 'central', names: [host]}
  return {
    good: await authority.issue(own),
    unknown: await stranger.issue(own),
    expired: await authority.issue({
      ...own,
      notBefore: new Date(Date.now() - 90 * dayMs),
      notAfter: new Date(Date.now() - dayMs),
    }),
    other: await authority.issue({commonName: 'old-central', names: ['old-central.example.com']}),
  }
}

/** Takes connections, and never says a word. */
async function startSilent(host: string): Promise<{port: number; close(): Promise<void>}> {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
    socket.resume()
  })
  const port = await freePort(host)
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
