/** What a probe saw of the way to one receiver: plain JSON, redacted, not judged. Holds types only. */
import type {Collected, Timestamp} from './types.ts'

/** From where the way was tried: what one place sees, another may not. */
export type ProbePlace =
  | {kind: 'here'} // the machine that promfleet runs on
  | {
      kind: 'pod'
      context: string
      namespace: string
      pod: string
      /** The agent's own, or the ephemeral one that was added beside it. */
      container: string
      by: 'exec' | 'ephemeral-container'
      /** What made the whole way there, where it was not `nc` for the bytes alone. */
      program?: 'promtool' | undefined
    }

/** One layer as it was tried. `seconds` is null where it could not be measured apart from the next one. */
export type ProbeStep<T> =
  | {ok: true; value: T; seconds: number | null}
  | {
      ok: false
      /** Of Node (ECONNREFUSED, CERT_HAS_EXPIRED), or one of promfleet's own: see collect/probe/step.ts. */
      code: string
      /** One sentence; redacted, bounded, no escape sequences. */
      detail: string
      seconds: number | null
    }

/** Of the agents' configuration what matters to the way, and what the user gave in its place. No secrets. */
export interface ProbeSettings {
  /** The one that was gone through: proxy_url, or that of the agent's environment; its password masked. */
  proxyUrl: string | null
  /** What names it, or leaves this address out, in words; absent: not recorded. */
  proxyBy?: string | undefined
  /** Why it is not known which one the agent takes; absent: it is known, or not recorded. */
  proxyUnknown?: string | undefined
  proxyFromEnvironment: boolean
  serverName: string | null
  insecureSkipVerify: boolean
  /** The agent trusts a certificate authority of its own (ca_file), whose file cannot be read. */
  ownAuthority: boolean
  ownClientCertificate: boolean
  followRedirects: boolean
  protobufMessage: string
  /** RemoteWriteAuth of facts/config/config.ts. */
  auth: string
  /** Names of the headers that the agent adds. */
  headerNames: string[]
  given: {
    authority: boolean
    clientCertificate: boolean
    credentials: 'none' | 'basic' | 'bearer'
    /** Of basic auth; absent: not recorded. */
    user?: string | undefined
    headerNames: string[]
    /** Credentials were given, and not sent here: see collect/probe/plan.ts. */
    withheld: boolean
  }
}

export interface ProbeCertificate {
  subject: string
  issuer: string
  /** Subject alternative names, at most 50. */
  names: string[]
  notBefore: Timestamp | null
  notAfter: Timestamp | null
}

export interface ProbeTls {
  /** `TLSv1.3`. */
  protocol: string
  cipher: string
  /** As presented, the server's own first. */
  chain: ProbeCertificate[]
  /** Whom the certificate had to name: server_name, or the host. */
  name: string
  /** Why the chain is not trusted by the authorities used (given ones, else those of Node.js); null: it is. */
  untrusted: {code: string; detail: string} | null
  /** Why it is not for that name, by the rules of Go; null: it is. */
  wrongName: string | null
  clientCertificate: 'not-asked' | 'asked' | 'unknown'
}

export interface ProbeAnswer {
  status: number
  contentType: string | null
  server: string | null
  /** Of a redirect; without credentials and query. */
  location: string | null
  /** WWW-Authenticate or Proxy-Authenticate. */
  challenge: string | null
  retryAfter: string | null
  /** X-Prometheus-Remote-Write-Samples-Written: set by receivers of remote write 2.0. */
  samplesWritten: string | null
  /** The first kilobyte or so. */
  body: string
}

/** One try of one endpoint from one place. A layer is null when it was not got to, or there is none (no proxy, no TLS). */
export interface ProbeEvidence {
  /** Of the endpoint, without credentials and query: equal addresses are the same endpoint. */
  address: string
  /** Keys (context/namespace/pod) of the agents that write there with these settings. */
  agents: string[]
  from: ProbePlace
  settings: ProbeSettings
  startedAt: Timestamp
  seconds: number
  /** Why nothing was tried; null when something was. */
  skipped: string | null
  /** Of the proxy's name where there is one. */
  dns: ProbeStep<{addresses: string[]}> | null
  tcp: ProbeStep<{address: string | null; port: number}> | null
  proxy: ProbeStep<{status: number}> | null
  tls: ProbeStep<ProbeTls> | null
  http: ProbeStep<ProbeAnswer> | null
  /** Followed before the answer, oldest first; the layers are those of the last hop. */
  redirects: {status: number; location: string}[]
}

/** One sample that was written in the name of an agent, and looked for at the central. */
export interface CanaryEvidence {
  /** Key of the agent whose external labels it carries. */
  agent: string
  /** Where it was looked for. */
  central: string
  nonce: string
  write: ProbeEvidence
  /** Seconds after the receiver's answer; null: not within the time that it was looked for. */
  visible: Collected<{afterSeconds: number | null}>
}

export interface NetworkPolicy {
  name: string
  /** Ingress, Egress; as the API server fills them in. */
  types: string[]
  podSelector: {
    matchLabels: Record<string, string>
    matchExpressions: {key: string; operator: string; values: string[]}[]
  }
}
