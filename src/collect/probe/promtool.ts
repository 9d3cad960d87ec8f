/**
 * The empty write by the promtool that lies beside prometheus, for containers without a shell (the distroless images): an agent's own
 * client library, name servers and authorities, and no say in proxies, headers or certificates. `promtool push metrics` (2.46 and later,
 * cmd/promtool/metrics.go) sends what it reads, which is nothing.
 */
import type {ProbeEvidence, ProbePlace} from '../../evidence/probe.ts'
import {classifyError} from '../../facts/log/error-classes.ts'
import type {ErrorClass} from '../../facts/log/signatures/signature.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {keepText} from '../redact.ts'
import {type Container, type Ended, ExecStream} from './exec-stream.ts'
import type {ProbePlan} from './plan.ts'
import {isMissing, runToEnd} from './run-to-end.ts'
import {ProbeError} from './step.ts'
import {emptyEvidence, skippedWay} from './way.ts'

const START_SECONDS = 4
/** It ends by itself after these, one second before the layer does. */
const WRITE_SECONDS = 4

/** Throws ProbeError, NO_TOOL, where the container has none, or one that cannot push. */
export async function tryByPromtool(
  api: ApiServerConnection,
  container: Container,
  plan: ProbePlan,
  signal: AbortSignal,
): Promise<ProbeEvidence> {
  const place: ProbePlace = {kind: 'pod', context: api.contextName, ...container, by: 'exec', program: 'promtool'}
  const why = whyNot(plan)
  if (why !== null) return skippedWay(plan, place, why)
  const startedAt = Date.now()
  const url = `${plan.endpoint.address}${plan.query}`
  const words = ['promtool', 'push', 'metrics', `--timeout=${WRITE_SECONDS}s`, '--', url]
  const ended = await runToEnd('promtool', signal, async (deadline, whyEnded) => {
    const stream = await ExecStream.run(api, container, words, START_SECONDS, deadline, whyEnded, {stdin: false})
    // One that goes on for longer than it was told has no shell that could end it: then only the connection to it ends.
    if (deadline.aborted) stream.leave()
    else deadline.addEventListener('abort', () => stream.leave(), {once: true})
    return stream
  })
  const said = `${ended.stderr}\n${ended.output}`.replace(/^Parsing standard input\s*/gm, '')
  if (isMissing(ended) || /expected command but got|unknown (?:long )?flag/.test(said))
    throw new ProbeError(
      'NO_TOOL',
      `container ${container.container} has no shell with nc (busybox has both) and no promtool that can push (2.46 and later); on Kubernetes 1.23 and later --image adds a container that has`,
    )
  // Version 1 is what it speaks.
  const settings = {...plan.settings, protobufMessage: 'prometheus.WriteRequest'}
  const seen = emptyEvidence({...plan, settings}, place, startedAt)
  return {...seen, ...readAnswer(said, ended, plan), seconds: (Date.now() - startedAt) / 1000}
}

/** Headers and passwords that were given would be seen in the list of processes. */
function whyNot({endpoint, settings}: ProbePlan): string | null {
  const {proxyUrl, serverName, insecureSkipVerify, ownAuthority, ownClientCertificate, given} = settings
  const hasTlsConfig = serverName !== null || insecureSkipVerify || ownAuthority || ownClientCertificate
  const isGiven =
    given.credentials !== 'none' || given.headerNames.length > 0 || given.clientCertificate || given.authority
  const needs = [
    ...(proxyUrl === null ? [] : ['the proxy']),
    ...(endpoint.scheme === 'https' && hasTlsConfig ? ['the tls_config'] : []),
    ...(isGiven ? ['what was given (--remote-*)'] : []),
  ]
  if (needs.length === 0) return null
  return `the container has no shell with nc, and its promtool is not told of ${needs.join(' and ')}; on Kubernetes 1.23 and later --image adds a container that has the tools`
}

type Layers = Pick<ProbeEvidence, 'dns' | 'tcp' | 'tls' | 'http'>

const LAYER_OF: Partial<Record<ErrorClass, [keyof Layers, string]>> = {
  'name-not-resolved': ['dns', 'ENOTFOUND'],
  refused: ['tcp', 'ECONNREFUSED'],
  'no-route': ['tcp', 'EHOSTUNREACH'],
  unreachable: ['tcp', 'TIMEOUT'],
  'scheme-mismatch': ['tls', 'NOT_TLS'],
  'tls-untrusted': ['tls', 'CERTIFICATE'],
  'tls-name-mismatch': ['tls', 'CERTIFICATE'],
  'tls-expired': ['tls', 'CERTIFICATE'],
  'tls-client-certificate': ['tls', 'CLIENT_CERTIFICATE'],
  'tls-failed': ['tls', 'TLS'],
  'timed-out': ['http', 'TIMEOUT'],
  'connection-reset': ['http', 'ECONNRESET'],
}

/** Of its words, which are those of the agent's log: `FAILED: Post "http://x": dial tcp: lookup x: no such host`. */
export function readAnswer(
  said: string,
  {exitCode, message}: Pick<Ended, 'exitCode' | 'message'>,
  plan: ProbePlan,
): Layers {
  const {port, scheme} = plan.endpoint
  const passed: Layers = {
    dns: {ok: true, value: {addresses: []}, seconds: null},
    tcp: {ok: true, value: {address: null, port}, seconds: null},
    tls: scheme === 'https' ? {ok: true, value: {...TLS, name: plan.endpoint.host}, seconds: null} : null,
    http: null,
  }
  const failure = /FAILED:\s*([\s\S]*)/.exec(said)?.[1]?.trim() ?? ''
  const [, status, body = ''] = /server returned HTTP status (\d{3})[^:\n]*:?\s*([\s\S]*)/.exec(failure) ?? []
  if (/SUCCESS/.test(said) && exitCode === 0) return {...passed, http: answered(204, '')}
  if (status !== undefined) return {...passed, http: answered(Number(status), body.trim())}
  const says = keepText(failure || message || 'promtool did not say what came of it', 300)
  const [layer, code] = LAYER_OF[classifyError(says)] ?? (['http', 'UNUSABLE'] as const)
  const failed = {ok: false, code, detail: says, seconds: null} as const
  const order = ['dns', 'tcp', 'tls', 'http'] as const
  const layers: Layers = {...passed, [layer]: failed}
  for (const later of order.slice(order.indexOf(layer) + 1)) layers[later] = null
  return layers
}

const TLS = {
  protocol: 'TLS',
  cipher: '',
  chain: [],
  untrusted: null,
  wrongName: null,
  clientCertificate: 'unknown' as const,
}

function answered(status: number, body: string): ProbeEvidence['http'] {
  const headers = {
    contentType: null,
    server: null,
    location: null,
    challenge: null,
    retryAfter: null,
    samplesWritten: null,
  }
  return {ok: true, seconds: null, value: {status, ...headers, body: keepText(body, 1000)}}
}
