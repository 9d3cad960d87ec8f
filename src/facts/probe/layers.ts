/** The layers of a way to a receiver, as a probe found them; pure. */
import type {ProbeEvidence, ProbeStep} from '../../evidence/probe.ts'
import {classifyError} from '../log/error-classes.ts'
import type {ErrorClass} from '../log/signatures/signature.ts'
import {wasShown} from './was-shown.ts'

/** In the order in which they are passed; a proxy lies before TLS, which goes through its tunnel. */
export const PROBE_LAYERS = ['dns', 'tcp', 'proxy', 'tls', 'http', 'authentication', 'receiver', 'accept'] as const
export type ProbeLayer = (typeof PROBE_LAYERS)[number]

/**
 * ok; failed; unknown: it answered, and what that means for the agent cannot be told without what only the agent has; not-reached: an
 * earlier layer ended it; none: the way has no such layer.
 */
type LayerOutcome = 'ok' | 'failed' | 'unknown' | 'not-reached' | 'none'

export interface LayerFacts {
  layer: ProbeLayer
  outcome: LayerOutcome
  seconds: number | null
  /** What answered, in a phrase. */
  says: string
  /** As the agent's own errors are classed; null where it is none, or none that an agent would name. */
  class: ErrorClass | null
}

type Judged = Omit<LayerFacts, 'layer' | 'seconds'>

const OK = (says: string): Judged => ({outcome: 'ok', says, class: null})
const FAILED = (says: string, errorClass: ErrorClass | null): Judged => ({outcome: 'failed', says, class: errorClass})
const UNKNOWN = (says: string, errorClass: ErrorClass | null): Judged => ({outcome: 'unknown', says, class: errorClass})
const NONE = (says: string): Judged => ({outcome: 'none', says, class: null})
const NOT_REACHED: Judged = {outcome: 'not-reached', says: '', class: null}

/** Judged one by one; what comes after a failure was not reached, whatever it would say. */
export function readLayers(probe: ProbeEvidence): LayerFacts[] {
  let isEnded = probe.skipped !== null
  return PROBE_LAYERS.map(layer => {
    const judged = isEnded ? NOT_REACHED : JUDGES[layer](probe)
    // What is not known of a layer that let the request through is no reason to stop.
    isEnded ||= judged.outcome === 'failed' || (judged.outcome === 'unknown' && !hasAnswer(probe, layer))
    return {layer, seconds: secondsOf(probe, layer), ...judged}
  })
}

/** The receiver itself has answered with success, so that whatever was asked for on the way was not missing. */
function hasAnswer({http}: ProbeEvidence, layer: ProbeLayer): boolean {
  return layer !== 'accept' && http?.ok === true && isSuccess(http.value.status)
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

function secondsOf(probe: ProbeEvidence, layer: ProbeLayer): number | null {
  switch (layer) {
    case 'dns':
    case 'tcp':
    case 'proxy':
    case 'tls':
    case 'http':
      return probe[layer]?.seconds ?? null
    default:
      return null // they are told by one answer
  }
}

const JUDGES: Record<ProbeLayer, (probe: ProbeEvidence) => Judged> = {
  dns: judgeName,
  tcp: judgeConnection,
  proxy: judgeProxy,
  tls: judgeTls,
  http: judgeHttp,
  authentication: judgeAuthentication,
  receiver: judgeReceiver,
  accept: judgeAcceptance,
}

/** Not found out, and not the fault of the way: no program, no right, no time. */
const OUR_OWN = ['NO_TOOL', 'NOT_ALLOWED', 'NO_TIME', 'UNUSABLE']

function failure(step: ProbeStep<unknown> & {ok: false}, errorClass: ErrorClass | null): Judged {
  return OUR_OWN.includes(step.code) ? UNKNOWN(step.detail, null) : FAILED(step.detail, errorClass)
}

function judgeName({dns, from}: ProbeEvidence): Judged {
  if (dns === null) return NOT_REACHED
  if (!dns.ok) return failure(dns, 'name-not-resolved')
  const {addresses} = dns.value
  if (addresses.length === 0) return OK(from.kind === 'pod' ? 'resolves, or needs not to' : 'resolves')
  return OK(
    addresses.length > 3
      ? `${addresses.slice(0, 3).join(', ')} and ${addresses.length - 3} more`
      : addresses.join(', '),
  )
}

const CONNECTION_CLASSES: Record<string, ErrorClass> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
}

function judgeConnection({tcp}: ProbeEvidence): Judged {
  if (tcp === null) return NOT_REACHED
  if (!tcp.ok) return failure(tcp, CONNECTION_CLASSES[tcp.code] ?? 'unreachable')
  const {address, port} = tcp.value
  return OK(address === null ? 'connected' : `connected to ${address.includes(':') ? `[${address}]` : address}:${port}`)
}

function judgeProxy({proxy, settings, http}: ProbeEvidence): Judged {
  const by = settings.proxyBy === undefined ? '' : ` (${settings.proxyBy})`
  if (proxy?.ok) return OK(`opened the tunnel${by}`)
  if (proxy?.code === 'PROXY_CREDENTIALS') return judgeProxyCredentials(settings, proxy.detail)
  if (proxy !== null) return failure(proxy, 'proxy')
  if (http?.ok && http.value.status === 407) return judgeProxyCredentials(settings, '407: the proxy wants credentials')
  if (settings.proxyUrl !== null) return OK(`takes the request as it is${by}`)
  const unknown = unknownProxy(settings)
  if (unknown !== null) return NONE(`none tried: ${unknown}`)
  return NONE(`none${by}`)
}

/** Those of an agent stand in the URL of its proxy, masked. */
function judgeProxyCredentials({proxyUrl}: ProbeEvidence['settings'], says: string): Judged {
  return proxyUrl?.includes('@')
    ? UNKNOWN(`${says}; the agent has some, which cannot be read`, 'proxy')
    : FAILED(`${says}, and the agent has none`, 'proxy')
}

/** Why it is not known which proxy an agent goes through, as the end of a sentence; null: it is. */
export function unknownProxy({
  proxyUrl,
  proxyBy,
  proxyUnknown,
  proxyFromEnvironment,
}: ProbeEvidence['settings']): string | null {
  if (proxyUnknown !== undefined) return `the agent takes a proxy from its environment, and ${proxyUnknown}`
  const isRecorded = proxyUrl !== null || proxyBy !== undefined
  return proxyFromEnvironment && !isRecorded ? 'the agent takes a proxy from its environment, which was not read' : null
}

function judgeTls(probe: ProbeEvidence): Judged {
  const {tls, http, settings, address, startedAt} = probe
  if (http?.ok === false && http.code === 'CLIENT_CERTIFICATE') return judgeMissingCertificate(probe, http.detail)
  // In TLS 1.3 the refusal comes after the handshake, and may be overtaken by the end of the connection.
  const wasAsked = tls?.ok === true && tls.value.clientCertificate === 'asked'
  if (wasAsked && http?.ok === false && http.code === 'ECONNRESET')
    return judgeMissingCertificate(
      probe,
      `it asks for a client certificate, and ended the connection ${settings.given.clientCertificate ? 'after the one that was given' : 'without one'}`,
    )
  if (http?.ok && classOf(http.value) === 'tls-client-certificate')
    return judgeMissingCertificate(probe, `${http.value.status}: it asks for a client certificate`)
  if (tls === null) return http === null && address.startsWith('https:') ? NOT_REACHED : NONE('none: plain HTTP')
  if (!tls.ok) {
    if (tls.code === 'CLIENT_CERTIFICATE') return judgeMissingCertificate(probe, tls.detail)
    if (tls.code === 'NOT_TLS') return failure(tls, 'scheme-mismatch')
    return failure(tls, tls.code === 'TIMEOUT' ? 'timed-out' : 'tls-failed')
  }
  const {chain, untrusted, wrongName, protocol, clientCertificate} = tls.value
  const asks = clientCertificate === 'asked' ? ', asks for a client certificate' : ''
  const until = chain[0]?.notAfter
  const fine = `${protocol}${until ? `, certificate until ${until.slice(0, 10)}` : ''}${asks}`
  const fault = certificateFault(startedAt, tls.value)
  if (settings.insecureSkipVerify) {
    return OK(
      fault === null
        ? `${fine}; the agent does not verify it`
        : `${fine}; ${fault.says}, which the agent does not look at`,
    )
  }
  if (fault !== null && fault.class !== 'tls-untrusted') return fault
  if (fault === null) return OK(`${fine}, trusted`)
  if (settings.ownAuthority && !settings.given.authority)
    return OK(`${fine}; whether the agent trusts it was not verified: its ca_file cannot be read`)
  return untrusted === null && wrongName === null ? OK(fine) : fault
}

function certificateFault(
  startedAt: string,
  {chain, untrusted, wrongName}: Extract<NonNullable<ProbeEvidence['tls']>, {ok: true}>['value'],
): Judged | null {
  const expired = chain.find(({notAfter}) => notAfter !== null && notAfter < startedAt)
  if (expired)
    return FAILED(`the certificate of ${expired.subject} ended ${expired.notAfter?.slice(0, 16)}Z`, 'tls-expired')
  const early = chain.find(({notBefore}) => notBefore !== null && notBefore > startedAt)
  if (early)
    return FAILED(`the certificate of ${early.subject} begins ${early.notBefore?.slice(0, 16)}Z only`, 'tls-expired')
  if (wrongName !== null) return FAILED(wrongName, 'tls-name-mismatch')
  return untrusted === null ? null : FAILED(untrusted.detail, 'tls-untrusted')
}

function judgeMissingCertificate({settings}: ProbeEvidence, says: string): Judged {
  const {ownClientCertificate, given} = settings
  return ownClientCertificate && !given.clientCertificate
    ? UNKNOWN(`${says}; the agent has one, which cannot be read`, 'tls-client-certificate')
    : FAILED(says, 'tls-client-certificate')
}

type Answer = Extract<NonNullable<ProbeEvidence['http']>, {ok: true}>['value']

/** As an agent's log would have it. */
function classOf({status, body}: Answer): ErrorClass | null {
  return isSuccess(status) ? null : classifyError(`server returned HTTP status ${status}: ${body}`)
}

function judgeHttp({http, redirects, settings}: ProbeEvidence): Judged {
  if (http === null) return NOT_REACHED
  if (!http.ok)
    return failure(http, http.code === 'TIMEOUT' ? 'timed-out' : http.code === 'ECONNRESET' ? 'connection-reset' : null)
  const {status, server, location} = http.value
  const errorClass = classOf(http.value)
  if (errorClass === 'scheme-mismatch') return FAILED(`${status}: it wants https, and the URL says http`, errorClass)
  if (errorClass === 'redirected') return FAILED(redirectWords(status, location, settings.followRedirects), errorClass)
  const by = server === null ? '' : ` by ${server}`
  const after =
    redirects.length === 0 ? '' : `, after ${redirects.map(hop => `${hop.status} to ${hop.location}`).join(', ')}`
  return OK(`answered ${status}${by}${after}`)
}

function redirectWords(status: number, location: string | null, follows: boolean): string {
  const target = location ?? 'no address'
  if (!follows) return `${status} to ${target}, and follow_redirects is off`
  if (status === 307 || status === 308) return `${status} to ${target}, and so on: it leads nowhere`
  return `${status} to ${target}: the write of the agent becomes a GET there, and nothing is stored`
}

const AUTH_WORDS: Record<string, string> = {
  basic: 'its password',
  authorization: 'its token',
  'client-certificate': 'its client certificate',
  unknown: 'what it shows',
}

/** Ways to sign in that no probe knows, by `auth` of the entry. */
export const AUTH_NOT_PROBED: Record<string, string> = {
  oauth2: 'OAuth2',
  sigv4: 'SigV4',
  azuread: 'AzureAD',
  'google-iam': 'Google IAM',
}

function judgeAuthentication(probe: ProbeEvidence): Judged {
  const {http, settings} = probe
  if (!http?.ok) return NOT_REACHED
  const answer = http.value
  const errorClass = classOf(answer)
  const {given, auth, headerNames} = settings
  const isGiven = given.credentials !== 'none' || given.headerNames.length > 0
  if (errorClass !== 'unauthorized' && errorClass !== 'forbidden' && errorClass !== 'no-tenant')
    return OK(
      isGiven
        ? 'what was given was not refused'
        : given.clientCertificate
          ? 'the client certificate was taken'
          : 'nothing was asked for',
    )
  const challenge = answer.challenge === null ? '' : ` (${answer.challenge})`
  const says = `${answer.status}${challenge}`
  if (errorClass === 'no-tenant')
    return headerNames.length > 0 && given.headerNames.length === 0
      ? UNKNOWN(`${says}: it wants a tenant; the agent sends headers whose values are not shown here`, errorClass)
      : FAILED(`${says}: it wants a tenant id (X-Scope-OrgID)`, errorClass)
  if (given.credentials !== 'none' && wasShown(probe))
    return FAILED(`${says}: the credentials that were given are refused`, errorClass)
  if (auth === 'none' && headerNames.length === 0)
    return FAILED(`${says}: the agent shows no credentials either`, errorClass)
  const scheme = AUTH_NOT_PROBED[auth]
  if (scheme !== undefined) return UNKNOWN(`${says}: it wants credentials; ${scheme} is not probed`, errorClass)
  const what = AUTH_WORDS[auth] ?? 'what the agent shows'
  const why =
    given.withheld || isGiven ? 'those that were given were not sent there' : `${what} cannot be read from the agent`
  return UNKNOWN(`${says}: it wants credentials; ${why}`, errorClass)
}

const NO_RECEIVER: readonly (ErrorClass | null)[] = [
  'receiver-disabled',
  'wrong-path',
  'method-not-allowed',
  'unsupported-protocol',
  'bad-gateway',
  'gateway-timeout',
  'html-bad-request',
]

function judgeReceiver({http, settings}: ProbeEvidence): Judged {
  if (!http?.ok) return NOT_REACHED
  const {status, contentType, samplesWritten, body} = http.value
  const errorClass = classOf(http.value)
  if (NO_RECEIVER.includes(errorClass)) return FAILED(`${status}${bodyWords(body)}`, errorClass)
  if (!isSuccess(status)) return OK('a receiver answered')
  if (/html/i.test(contentType ?? '') || /^\s*<(?:!doctype|html)/i.test(body))
    return FAILED(
      `${status} with a web page: no receiver. The agent takes it for success, and all it sends is lost`,
      null,
    )
  if (isVersion2(settings.protobufMessage) && samplesWritten === null)
    return FAILED(
      `${status} without a count of what was written: it does not know remote write 2.0`,
      'unsupported-protocol',
    )
  return OK(isVersion2(settings.protobufMessage) ? 'knows remote write 2.0' : 'a receiver answered')
}

const isVersion2 = (protobufMessage: string): boolean => protobufMessage === 'io.prometheus.write.v2.Request'

function judgeAcceptance({http}: ProbeEvidence): Judged {
  if (!http?.ok) return NOT_REACHED
  const {status, body} = http.value
  if (isSuccess(status)) return OK(`took the empty write with ${status}`)
  const errorClass = classOf(http.value)
  if (errorClass === 'bad-request' || errorClass === 'invalid-series')
    return UNKNOWN(`${status}${bodyWords(body)}: it may mind that the write is empty`, errorClass)
  return FAILED(`${status}${bodyWords(body)}`, errorClass)
}

const MOST_BODY_WORDS = 160

/** Of a web page its words, of anything else the start. */
function bodyWords(body: string): string {
  const words = body
    .replace(/<(style|script)[\s\S]*?(?:<\/\1>|$)/gi, ' ')
    .replace(/<[^>]*>?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (words === '') return ''
  return ` "${words.length > MOST_BODY_WORDS ? `${words.slice(0, MOST_BODY_WORDS - 1)}…` : words}"`
}
