/** One endpoint from one place, layer after layer, until one of them fails or the receiver has answered. */
import type {Duplex} from 'node:stream'
import type {ProbeEvidence, ProbePlace, ProbeSettings} from '../../evidence/probe.ts'
import {type Endpoint, parseEndpoint} from '../../facts/config/remote-write-url.ts'
import {keepText} from '../redact.ts'
import {EMPTY_WRITE_REQUEST, sendWrite} from './http.ts'
import {originOf, type ProbePlan} from './plan.ts'
import {openTunnel, type ProxyAddress, proxyAddress} from './proxy.ts'
import {NO_CREDENTIALS, type RemoteCredentials} from './remote.ts'
import {openSocks} from './socks.ts'
import {failed, ProbeError, type Tried} from './step.ts'
import {shakeHands} from './tls.ts'
import type {Vantage} from './vantage.ts'

type Layers = Pick<ProbeEvidence, 'dns' | 'tcp' | 'proxy' | 'tls' | 'http'>

const NOT_REACHED: Layers = {dns: null, tcp: null, proxy: null, tls: null, http: null}
/** Go gives up after ten; two are one more than anybody needs. */
const MOST_REDIRECTS = 3

interface Hop {
  endpoint: Endpoint
  query: string
}

export async function tryWay(
  plan: ProbePlan,
  vantage: Vantage,
  remote: RemoteCredentials,
  signal: AbortSignal,
  body: Buffer = EMPTY_WRITE_REQUEST,
): Promise<ProbeEvidence> {
  const startedAt = Date.now()
  const {settings} = plan
  const redirects: ProbeEvidence['redirects'] = []
  let hop: Hop = {endpoint: plan.endpoint, query: plan.query}
  let layers = NOT_REACHED
  for (;;) {
    // Whatever was given is for the endpoint that the agent names, and not for where that one points to.
    const isOwn = originOf(hop.endpoint) === originOf(plan.endpoint) && !settings.given.withheld
    const credentials = isOwn ? remote : {...NO_CREDENTIALS, authority: remote.authority}
    const tried = await tryHop(hop, {settings, body}, vantage, credentials, signal)
    layers = tried.layers
    const {host} = proxyAddress(settings) ?? hop.endpoint
    if (layers.tcp?.ok === false && layers.tcp.code === 'TIMEOUT' && (await vantage.isNameServerSilent(host, signal))) {
      layers.dns = failed(new ProbeError('EAI_AGAIN', `no name server answers in the pod about ${host}`), null)
      layers.tcp = null
    }
    const next = nextHop(hop, tried, settings)
    if (next === null || redirects.length >= MOST_REDIRECTS || signal.aborted) break
    const status = layers.http?.ok ? layers.http.value.status : 0
    redirects.push({status, location: keepText(next.endpoint.address, 300)})
    hop = next
  }
  return {
    ...emptyEvidence(plan, vantage.place, startedAt),
    ...layers,
    seconds: (Date.now() - startedAt) / 1000,
    redirects,
  }
}

/** An endpoint that is not tried from there, and why. */
export function skippedWay(plan: ProbePlan, place: ProbePlace, why: string): ProbeEvidence {
  return {...emptyEvidence(plan, place, Date.now()), skipped: keepText(why, 300)}
}

export function emptyEvidence(
  {endpoint, agents, settings}: ProbePlan,
  from: ProbePlace,
  startedAt: number,
): ProbeEvidence {
  return {
    address: keepText(endpoint.address, 500),
    agents: agents.map(({key}) => key),
    from,
    settings,
    startedAt: new Date(startedAt).toISOString(),
    seconds: 0,
    skipped: null,
    ...NOT_REACHED,
    redirects: [],
  }
}

interface TriedHop {
  layers: Layers
  location: string | null
}

async function tryHop(
  {endpoint, query}: Hop,
  {settings, body}: {settings: ProbeSettings; body: Buffer},
  vantage: Vantage,
  remote: RemoteCredentials,
  signal: AbortSignal,
): Promise<TriedHop> {
  const layers: Layers = {...NOT_REACHED}
  const tried: TriedHop = {layers, location: null}
  const open: Duplex[] = []
  const proxy = proxyAddress(settings)
  try {
    if (settings.proxyUrl !== null && proxy === null) {
      layers.proxy = {
        ok: false,
        code: 'UNUSABLE',
        detail: `only http, https and socks5 proxies are tried, not ${keepText(settings.proxyUrl, 200)}`,
        seconds: null,
      }
      return tried
    }
    const {host, port} = proxy ?? endpoint
    layers.dns = await vantage.resolve(host, signal)
    if (!layers.dns.ok) return tried
    const dialled = await vantage.dial(host, layers.dns.value.addresses, port, signal)
    layers.tcp = dialled.step
    if (dialled.result === null) return blameEarlier(tried, dialled.error)
    open.push(dialled.result)
    const passed =
      proxy === null ? dialled.result : await passProxy(dialled.result, proxy, endpoint, tried, open, signal)
    if (passed === null) return tried
    let stream = passed
    const where = `${endpoint.host}:${endpoint.port}`
    if (endpoint.scheme === 'https') {
      const name = settings.serverName ?? endpoint.host
      const secured = await shakeHands(stream, {name, where, credentials: remote}, signal)
      layers.tls = secured.step
      if (secured.result === null) return blameEarlier(tried, secured.error, 'tls')
      stream = secured.result
      open.push(stream)
    }
    const isHandedOn = proxy !== null && proxy.scheme !== 'socks5' && endpoint.scheme === 'http'
    const answered = await sendWrite(
      stream,
      {
        path: `${isHandedOn ? endpoint.address : endpoint.path}${query}`,
        host: hostOf(endpoint),
        protobufMessage: settings.protobufMessage,
        body,
        headers: {
          ...remote.headers,
          ...(remote.authorization !== null && {authorization: remote.authorization.header}),
        },
        where,
      },
      signal,
    )
    layers.http = answered.step
    if (answered.result === null) return blameEarlier(tried, answered.error, 'http')
    tried.location = answered.result.location
    return tried
  } finally {
    for (const stream of open.reverse()) stream.destroy()
  }
}

/**
 * From the connection to a proxy to what the endpoint is spoken to on, or null where it does not come about: `tried` then says why. What it
 * opens goes into `open`.
 */
async function passProxy(
  dialled: Duplex,
  proxy: ProxyAddress,
  endpoint: Endpoint,
  tried: TriedHop,
  open: Duplex[],
  signal: AbortSignal,
): Promise<Duplex | null> {
  const place = `${proxy.host}:${proxy.port}`
  let stream = dialled
  if (proxy.scheme === 'https') {
    const target = {name: proxy.host, where: `the proxy ${place}`, credentials: NO_CREDENTIALS}
    const secured = await shakeHands(stream, target, signal)
    if (secured.result === null) return failAtProxy(tried, secured)
    stream = secured.result
    open.push(stream)
  }
  // Plain HTTP is handed to an HTTP proxy as it is; what is encrypted needs a tunnel.
  if (proxy.scheme !== 'socks5' && endpoint.scheme === 'http') return stream
  const tunnel =
    proxy.scheme === 'socks5'
      ? await openSocks(stream, endpoint, place, signal)
      : await openTunnel(stream, hostAndPort(endpoint), place, signal)
  if (tunnel.result === null) return failAtProxy(tried, tunnel)
  tried.layers.proxy = tunnel.step
  open.push(tunnel.result)
  return tunnel.result
}

function failAtProxy(tried: TriedHop, {step, error}: Pick<Tried<unknown, unknown>, 'step' | 'error'>): null {
  if (!step.ok) tried.layers.proxy = step
  blameEarlier(tried, error, 'proxy')
  return null
}

/** A dial in a pod shows its failure only when something is read: then the layers after it were not got to. */
function blameEarlier(tried: TriedHop, error: ProbeError | null, shownAt?: 'proxy' | 'tls' | 'http'): TriedHop {
  if (error === null || error.layer === null) return tried
  const {layers} = tried
  if (shownAt !== undefined) layers[shownAt] = null
  layers[error.layer] = failed(error, null)
  if (error.layer === 'dns') layers.tcp = null
  return tried
}

function hostOf({address}: Endpoint): string {
  return new URL(address).host
}

function hostAndPort({host, port}: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Go sends the body again on 307 and 308 only; on the others the write becomes a GET, and there is nothing to follow. */
function nextHop({endpoint}: Hop, {layers, location}: TriedHop, settings: ProbeSettings): Hop | null {
  if (!settings.followRedirects || !layers.http?.ok || location === null) return null
  if (![307, 308].includes(layers.http.value.status) || !URL.canParse(location, endpoint.address)) return null
  const target = new URL(location, endpoint.address)
  const next = parseEndpoint(target.href)
  return next === null ? null : {endpoint: next, query: target.search}
}
