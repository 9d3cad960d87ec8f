/** Probes for tests in a few lines. The default is one from here that took the empty write of http://central, without credentials. */
import type {ProbeEvidence, ProbePlace, ProbeSettings} from '../../src/evidence/probe.ts'
import {NOW, timestamp} from './scrape.ts'

export interface ProbeOptions extends Partial<Omit<ProbeEvidence, 'settings'>> {
  settings?: Partial<Omit<ProbeSettings, 'given'>> & {given?: Partial<ProbeSettings['given']>}
  /** How the answer differs from 204 without a body. */
  answer?: Partial<AnswerOf>
  /** With TLS, and how it differs from a good one. */
  handshake?: Partial<TlsOf>
}

type AnswerOf = Extract<NonNullable<ProbeEvidence['http']>, {ok: true}>['value']
type TlsOf = Extract<NonNullable<ProbeEvidence['tls']>, {ok: true}>['value']

const DAY = 86_400

/** `from` of a probe inside the agent's pod. */
export const IN_POD: ProbePlace = {
  kind: 'pod',
  ...{context: 'cluster2', namespace: 'monitoring', pod: 'agent-0', container: 'p', by: 'exec'},
}

export function aProbe(options: ProbeOptions = {}): ProbeEvidence {
  const {settings, answer, handshake, ...rest} = options
  return {
    address: `${handshake ? 'https' : 'http'}://central.example/api/v1/write`,
    agents: ['cluster2/monitoring/agent-0'],
    from: {kind: 'here'},
    startedAt: timestamp(NOW),
    seconds: 0.02,
    skipped: null,
    dns: {ok: true, value: {addresses: ['192.0.2.7']}, seconds: 0.001},
    tcp: {ok: true, value: {address: '192.0.2.7', port: 80}, seconds: 0.002},
    proxy: null,
    tls: handshake ? {ok: true, seconds: 0.004, value: {...GOOD_TLS, ...handshake}} : null,
    http: {ok: true, seconds: 0.003, value: {...NO_CONTENT, ...answer}},
    redirects: [],
    ...rest,
    settings: {...ORDINARY, ...settings, given: {...ORDINARY.given, ...settings?.given}},
  }
}

/** A step that failed. */
export function aFailedStep(code: string, detail = code): {ok: false; code: string; detail: string; seconds: number} {
  return {ok: false, code, detail, seconds: 0.005}
}

const ORDINARY: ProbeSettings = {
  proxyUrl: null,
  proxyFromEnvironment: false,
  serverName: null,
  insecureSkipVerify: false,
  ownAuthority: false,
  ownClientCertificate: false,
  followRedirects: true,
  protobufMessage: 'prometheus.WriteRequest',
  auth: 'none',
  headerNames: [],
  given: {authority: false, clientCertificate: false, credentials: 'none', headerNames: [], withheld: false},
}

const NO_CONTENT: AnswerOf = {
  status: 204,
  contentType: null,
  server: null,
  location: null,
  challenge: null,
  retryAfter: null,
  samplesWritten: null,
  body: '',
}

const GOOD_TLS: TlsOf = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  chain: [
    {
      subject: 'CN=central',
      issuer: 'CN=authority',
      names: ['central.example'],
      notBefore: timestamp(NOW - 10 * DAY),
      notAfter: timestamp(NOW + 80 * DAY),
    },
  ],
  name: 'central.example',
  untrusted: null,
  wrongName: null,
  clientCertificate: 'not-asked',
}
