/**
 * The agent's own pod as a place to try endpoints from: `nc` in its container carries the bytes, everything above is done here.
 * Nothing is written there, and nothing goes on running.
 */
import {isIP} from 'node:net'
import type {Duplex} from 'node:stream'
import type {ProbePlace} from '../../evidence/probe.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {keepText} from '../redact.ts'
import type {Container, Ended} from './exec-stream.ts'
import {openPrograms, type Programs} from './pod-programs.ts'
import {failed, ProbeError, type Tried, tryLayer} from './step.ts'
import type {Vantage} from './vantage.ts'

/** For the connection; one second less than the layer has, so that nc says itself what it waited for. */
const CONNECT_SECONDS = 4

/** Looks once which programs the container has. Throws ProbeError where nothing can be tried from it. */
export async function openPodVantage(
  api: ApiServerConnection,
  container: Container,
  by: (ProbePlace & {kind: 'pod'})['by'],
  signal: AbortSignal,
): Promise<Vantage> {
  const programs = await openPrograms(api, container, 'nc', signal)
  return {
    place: {kind: 'pod', context: api.contextName, ...container, by},
    // nc resolves while it dials, with the resolver of the container.
    resolve: async () => ({ok: true, value: {addresses: []}, seconds: null}),
    dial: (host, _addresses, port, dialSignal) => dialFromPod(programs, container, host, port, dialSignal),
    isNameServerSilent: (host, askSignal) => isNameServerSilent(programs, host, askSignal),
    close: () => programs.close(),
  }
}

async function dialFromPod(
  programs: Programs,
  {namespace, pod}: Container,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Tried<{address: string | null; port: number}, Duplex>> {
  // The host comes from a configuration, and must be no option of nc.
  if (!/^[a-z0-9_:][a-z0-9._:-]*$/i.test(host)) {
    const error = new ProbeError('UNUSABLE', `"${host}" is no name that would be given to a program in the pod`)
    return {step: failed(error, null), result: null, error}
  }
  const started = await tryLayer(`nc could not be started in pod ${namespace}/${pod}`, signal, async deadline => {
    const words = ['-w', String(CONNECT_SECONDS), host, String(port)]
    const stream = await programs.start('nc', words, deadline.signal, ended =>
      whyFailed(ended, `${host}:${port} from pod ${namespace}/${pod}`),
    )
    await stream.begins()
    return {value: {address: null, port}, result: stream as Duplex}
  })
  // That it did not start in time is the cluster's doing, and tells nothing of the way.
  if (!started.step.ok && started.step.code === 'TIMEOUT')
    return {...started, step: {...started.step, code: 'UNUSABLE'}}
  // It runs: whether it connects shows at the first byte.
  return started.step.ok ? {...started, step: {...started.step, seconds: null}} : started
}

/** Words of busybox, and of the netcat of OpenBSD. */
const FAILURES: readonly {words: RegExp; layer: 'dns' | 'tcp'; code: string; says: string}[] = [
  {
    words: /bad address|getaddrinfo|not known|could not resolve|name resolution/i,
    layer: 'dns',
    code: 'ENOTFOUND',
    says: 'the name does not resolve in the pod',
  },
  {words: /refused/i, layer: 'tcp', code: 'ECONNREFUSED', says: 'the connection is refused: nothing listens there'},
  {
    words: /timed out|timeout/i,
    layer: 'tcp',
    code: 'TIMEOUT',
    says: `no answer to a connection within ${CONNECT_SECONDS} s`,
  },
  {words: /no route|host is unreachable/i, layer: 'tcp', code: 'EHOSTUNREACH', says: 'no route to the host'},
  {words: /network is unreachable/i, layer: 'tcp', code: 'ENETUNREACH', says: 'no route to the network'},
  {
    words: /permission denied|not permitted/i,
    layer: 'tcp',
    code: 'EACCES',
    says: 'the pod may not open the connection',
  },
]

/** Null for an end that is none of a connection that did not come about: then it is told by what was read. */
function whyFailed({exitCode, stderr, message, hasOutput}: Ended, target: string): ProbeError | null {
  const said = keepText(stderr || message, 200)
  if (exitCode === null && said === '' && !hasOutput)
    return new ProbeError('UNUSABLE', `${target}: how nc ended was not told, look again`, 'tcp')
  if (exitCode === 0 || said === '') return null
  const failure = FAILURES.find(({words}) => words.test(said))
  if (failure === undefined) return new ProbeError('UNUSABLE', `${target}: nc did not get there: ${said}`, 'tcp')
  return new ProbeError(failure.code, `${target}: ${failure.says} ("${said}")`, failure.layer)
}

/** nc waits for the name and the connection alike: when it has waited in vain for a name, the name server is asked by itself. */
async function isNameServerSilent(programs: Programs, host: string, signal: AbortSignal): Promise<boolean> {
  if (isIP(host) !== 0) return false
  const {exitCode, output, stderr} = await programs.run('nslookup', [host], signal)
  return exitCode === null || /no servers could be reached|timed out/i.test(`${output} ${stderr}`)
}
