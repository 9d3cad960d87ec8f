/** The TLS handshake with a receiver, finished whatever the certificate says: what is wrong with it is evidence. */
import {createHash, X509Certificate} from 'node:crypto'
import {isIP} from 'node:net'
import type {Duplex} from 'node:stream'
import tls, {type PeerCertificate, type TLSSocket} from 'node:tls'
import type {ProbeCertificate, ProbeTls} from '../../evidence/probe.ts'
import {readTimestamp} from '../../units.ts'
import {describeError} from '../api-server/network-error.ts'
import {keepText} from '../redact.ts'
import type {RemoteCredentials} from './remote.ts'
import {ProbeError, type Tried, tryLayer} from './step.ts'
import {TappedStream} from './tapped-stream.ts'
import {watchHandshake} from './tls-records.ts'

export interface TlsOptions {
  /** Whom the certificate must name. */
  name: string
  where: string
  credentials: Pick<RemoteCredentials, 'authority' | 'clientCertificate'>
}

/** Go's client speaks 1.2 and later (crypto/tls, since 1.18). */
const OLDEST_VERSION = 'TLSv1.2'

export function shakeHands(
  stream: Duplex,
  {name, where, credentials}: TlsOptions,
  signal: AbortSignal,
): Promise<Tried<ProbeTls, Duplex>> {
  return tryLayer(`${where} took the connection and did not finish the TLS handshake`, signal, async deadline => {
    if (stream.errored) throw stream.errored // before anybody listened
    const watch = watchHandshake()
    const socket = connectTls(new TappedStream(stream, watch), name, credentials)
    deadline.signal.addEventListener('abort', () => socket.destroy(), {once: true})
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', error => reject(inWords(error, where)))
      stream.once('error', error => reject(inWords(error, where))) // names the layer where the dial shows its failure only now
      socket.once('close', () =>
        reject(new ProbeError('ECONNRESET', `${where} ended the connection during the TLS handshake`)),
      )
    }).catch(error => {
      // Up to TLS 1.2 a server that misses one says no more than "handshake failure".
      if (watch.clientCertificate(null) !== 'asked' || !(error instanceof ProbeError) || error.layer !== null)
        throw error
      const says =
        credentials.clientCertificate === null
          ? `${where} asks for a client certificate and goes no further without one`
          : `${error.message}: it does not take the client certificate that was given`
      throw new ProbeError('CLIENT_CERTIFICATE', says)
    })
    socket.on('error', () => undefined) // whoever reads it has its own listener
    return {value: describe(socket, name, watch.clientCertificate(socket.getProtocol())), result: socket}
  })
}

/** Throws ProbeError where the certificate or key that the user gave cannot be used. */
function connectTls(
  stream: Duplex,
  name: string,
  {authority, clientCertificate}: TlsOptions['credentials'],
): TLSSocket {
  try {
    return tls.connect({
      socket: stream,
      rejectUnauthorized: false,
      minVersion: OLDEST_VERSION,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(name) === 0 && {servername: name}),
      ...(authority !== null && {ca: authority}),
      ...(clientCertificate !== null && {cert: clientCertificate.certificate, key: clientCertificate.key}),
    })
  } catch (error) {
    throw new ProbeError('UNUSABLE', `the certificates that were given cannot be used: ${describeError(error)}`)
  }
}

function inWords(error: Error, where: string): Error {
  const {code = ''} = error as NodeJS.ErrnoException
  if (error instanceof ProbeError) return error
  if (/wrong version number|packet length too long|http request/i.test(error.message)) {
    return new ProbeError('NOT_TLS', `${where} does not speak TLS`)
  }
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return new ProbeError(code, `${where} ended the connection during the TLS handshake`)
  const alert = /alert ([a-z ]+?)(?::|\.|$)/.exec(error.message)?.[1]
  return new ProbeError(code, `${where} ended the TLS handshake: ${alert ?? describeError(error)}`)
}

const MOST_CERTIFICATES = 10

function describe(socket: TLSSocket, name: string, clientCertificate: ProbeTls['clientCertificate']): ProbeTls {
  const chain = chainOf(socket)
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: keepText(socket.getCipher()?.name ?? '', 100),
    chain: chain.map(readCertificate),
    name,
    untrusted: whyUntrusted(socket),
    wrongName: chain[0] === undefined ? 'it presented no certificate' : whyWrongName(chain[0], name),
    clientCertificate,
  }
}

function chainOf(socket: TLSSocket): PeerCertificate[] {
  const chain: PeerCertificate[] = []
  const seen = new Set<string>()
  let next: ReturnType<TLSSocket['getPeerCertificate']> | undefined = socket.getPeerCertificate(true)
  while (next?.raw !== undefined && chain.length < MOST_CERTIFICATES) {
    const print = createHash('sha256').update(next.raw).digest('hex')
    if (seen.has(print)) break // a root names itself as its issuer
    seen.add(print)
    chain.push(next)
    next = (next as {issuerCertificate?: typeof next}).issuerCertificate
  }
  return chain
}

const MOST_NAMES = 50

/** Names in certificates are anybody's text. */
function readCertificate(certificate: PeerCertificate): ProbeCertificate {
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    names: namesOf(certificate).slice(0, MOST_NAMES),
    notBefore: readTimestamp(certificate.valid_from),
    notAfter: readTimestamp(certificate.valid_to),
  }
}

function distinguishedName(name: unknown): string {
  const parts = Object.entries((name ?? {}) as Record<string, unknown>)
  return keepText(parts.map(([key, value]) => `${key}=${[value].flat().join('+')}`).join(', '), 300)
}

function namesOf({subjectaltname}: PeerCertificate): string[] {
  const listed = typeof subjectaltname === 'string' ? subjectaltname : ''
  return listed
    .split(', ')
    .flatMap(entry => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? [])
    .map(entry => keepText(entry, 253))
}

/** Node looks at the dates and names, too, and tells the first fault only: what is left is about the chain. */
function whyUntrusted(socket: TLSSocket): ProbeTls['untrusted'] {
  const code = String(socket.authorizationError ?? '')
  if (socket.authorized || code === '' || code === 'ERR_TLS_CERT_ALTNAME_INVALID') return null
  return {code: keepText(code, 60), detail: REASONS[code] ?? `its certificate is not trusted (${keepText(code, 60)})`}
}

const REASONS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'it does not present who signed its certificate, or that authority is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'who signed its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'who signed its certificate is not known here',
}

/** Go goes by the subject alternative names alone, Node falls back on the common name where there are none. */
function whyWrongName(certificate: PeerCertificate, name: string): string | null {
  const names = namesOf(certificate)
  if (names.length === 0) return `its certificate names no address at all, so it is not for ${name}`
  const x509 = new X509Certificate(certificate.raw)
  const fits = isIP(name) === 0 ? x509.checkHost(name, {subject: 'never'}) : x509.checkIP(name)
  if (fits !== undefined) return null
  return keepText(`its certificate is for ${names.slice(0, 8).join(', ')}, not for ${name}`, 400)
}
