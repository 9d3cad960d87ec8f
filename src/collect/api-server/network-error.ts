/** Errors of Node's network modules, in words that name the cause. */
import {keepText} from '../redact.ts'

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}

const UNTRUSTED = "its certificate is not signed by the kubeconfig's certificate authority"

/** Node checks a certificate like OpenSSL, and names what is wrong in the error's code. */
const CERTIFICATE_SENTENCES: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (is the clock right?)',
  CERT_REVOKED: 'its certificate was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
}

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID'

/** True when the other side answered, with a certificate that is not accepted here. */
export function isOfCertificate(error: unknown): boolean {
  const {code = ''} = errorOf(error)
  return code === WRONG_NAME || CERTIFICATE_SENTENCES[code] !== undefined
}

const SENTENCES: Record<string, string> = {
  ...CERTIFICATE_SENTENCES,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a client certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it asks for another client certificate',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the name cannot be resolved',
  EAI_AGAIN: 'the name server does not answer',
}

/** An error of Node's network modules in words that name the cause, with its code. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const {code = '', message = String(error)} = errorOf(error)
  if (code === WRONG_NAME) return `${namesOfCertificate(error)} (${code})`
  const sentence = SENTENCES[code]
  if (sentence !== undefined) return `${sentence} (${code})`
  if (/wrong version number|packet length too long/.test(message))
    return 'it does not speak TLS (is the server http:// ?)'
  // hpagent says no more about what a proxy answered to CONNECT.
  const refused = /^Bad response: (\d+)$/.exec(message)
  if (refused !== null) return `the proxy refused the tunnel with status ${refused[1]}`
  return keepText(message, 200)
}

/** Addresses of one name are tried in turn; the last error stands for all. */
function errorOf(error: unknown): Partial<NodeJS.ErrnoException> {
  const last: unknown = error instanceof AggregateError ? (error.errors.at(-1) ?? error) : error
  return last instanceof Error ? last : {}
}

/** Node's own words list the names that the certificate has, and end in nothing where it has none of the kind. */
function namesOfCertificate(error: Error): string {
  const {host, cert} = error as Error & {host?: unknown; cert?: {subjectaltname?: unknown; subject?: {CN?: unknown}}}
  const asked = typeof host === 'string' ? host : 'this address'
  const listed = typeof cert?.subjectaltname === 'string' ? cert.subjectaltname : ''
  const names = listed.split(', ').flatMap(name => name.replace(/^(?:DNS|IP Address):/, '') || [])
  const common = typeof cert?.subject?.CN === 'string' ? `, its common name is ${cert.subject.CN}` : ''
  const has = names.length === 0 ? `it names no address at all${common}` : `it is for ${names.slice(0, 8).join(', ')}`
  return keepText(`its certificate is not for ${asked}: ${has}`, 400)
}
