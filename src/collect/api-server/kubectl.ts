/** Requests made by kubectl processes (`kubectl get --raw`): slower, but with every kind of credentials that there is. */
import pLimit from 'p-limit'
import type {HttpAnswer, RequestOptions} from '../connections.ts'
import type {GivenImpersonation, KubeconfigContext} from '../kubeconfig/kubeconfig.ts'
import {endGroup, endWithUs} from '../kubeconfig/process-group.ts'
import {keepText} from '../redact.ts'
import {type Deadline, within} from './deadline.ts'
import {ExchangeError} from './exchange-error.ts'
import type {Method} from './permissions.ts'

/** A kubectl process takes 80 ms of CPU and 50 MB. */
const processes = pLimit(4)

/** The statuses behind the words that kubectl prints (k8s.io/apimachinery/pkg/api/errors, kubectl/pkg/cmd/util). */
const STATUS_BY_WORD: Record<string, number> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  Conflict: 409,
  Gone: 410,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
}

/**
 * The answer to one request. kubectl shows no headers, and of a refusal only words: its status is read from those and its
 * body holds a Status with them. Throws ExchangeError.
 */
export async function sendByKubectl(
  context: KubeconfigContext,
  impersonate: GivenImpersonation,
  method: Method,
  path: string,
  options: Pick<RequestOptions, 'maxBytes' | 'onChunk'>,
  deadline: Deadline,
  body: string | null,
): Promise<HttpAnswer> {
  if (method === 'PATCH')
    throw new ExchangeError('unusable', `kubectl is asked to read only, so ${path} is not changed`)
  const verb = method === 'GET' ? ['get', '--raw', path] : ['create', '--raw', path, '-f', '-']
  const args = [...contextArguments(context), ...impersonateArguments(impersonate), ...verb]
  return within(
    deadline,
    'kubectl',
    processes(() => run(args, path, options, deadline, body)),
  )
}

function contextArguments(context: KubeconfigContext): string[] {
  const file = context.kubeconfigPath === null ? [] : ['--kubeconfig', context.kubeconfigPath]
  return context.inCluster ? file : [...file, '--context', context.name]
}

function impersonateArguments({user, groups}: GivenImpersonation): string[] {
  return [...(user === null ? [] : ['--as', user]), ...groups.flatMap(group => ['--as-group', group])]
}

async function run(
  args: string[],
  path: string,
  options: Pick<RequestOptions, 'maxBytes' | 'onChunk'>,
  deadline: Deadline,
  body: string | null,
): Promise<HttpAnswer> {
  const {execa} = await import('execa') // most runs start no process
  if (deadline.signal.aborted) throw deadline.error('kubectl')
  const startedAt = performance.now()
  const child = execa('kubectl', args, {
    ...(body === null ? {stdin: 'ignore' as const} : {input: body}),
    stdout: 'pipe',
    buffer: {stdout: false},
    maxBuffer: {stderr: 64 * 1024},
    reject: false,
    detached: true,
  })
  endWithUs(child)
  const end = () => endGroup(child)
  deadline.signal.addEventListener('abort', end, {once: true})
  const chunks: Buffer[] = []
  let bytes = 0
  let isEnough = false
  let isTooLarge = false
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (options.onChunk !== undefined) isEnough = options.onChunk(chunk) === 'enough'
    else if (bytes > options.maxBytes) isTooLarge = true
    else chunks.push(chunk)
    if (isEnough || isTooLarge) break
  }
  if (isEnough || isTooLarge) end()
  const result = await child
  deadline.signal.removeEventListener('abort', end)
  if (isTooLarge) {
    throw new ExchangeError(
      'malformed',
      `the answer that kubectl got for ${path.split('?')[0]} is larger than ${options.maxBytes} bytes`,
    )
  }
  const durationSeconds = (performance.now() - startedAt) / 1000
  if (!result.failed || isEnough) return {status: 200, headers: {}, body: Buffer.concat(chunks), durationSeconds}
  if (deadline.signal.aborted) throw deadline.error('kubectl')
  if (result.code === 'ENOENT') throw new ExchangeError('unusable', 'kubectl was not found on PATH')
  const {status, message} = readRefusal(result.stderr)
  if (status === null) throw new ExchangeError(reasonOf(message), `kubectl said: ${keepText(message, 300)}`)
  const refusal = {kind: 'Status', message: keepText(message, 1000), code: status}
  const isOfAnother = OTHER_THAN_STATUS.test(message)
  return {
    status,
    headers: {},
    body: isOfAnother ? Buffer.alloc(0) : Buffer.from(JSON.stringify(refusal)),
    durationSeconds,
  }
}

/** What client-go says of a refusal that is no Status (NewGenericServerResponse): an agent's own, through the proxy. */
const OTHER_THAN_STATUS =
  /^(?:the server (?:rejected our request for|could not find the requested|is currently unable)|The request is invalid|an error on the server)/

/** Of a message that came from kubectl itself: crypto/x509, client-go's exec plug-ins, clientcmd's look-up of names. */
function reasonOf(message: string): 'untrusted' | 'unusable' | 'unreachable' {
  if (/\bx509: /.test(message)) return 'untrusted'
  if (
    /getting credentials: exec: executable \S+ not found|(?:context|cluster|user) "[^"]*" does not exist/.test(message)
  )
    return 'unusable'
  return 'unreachable'
}

/** The words that kubectl has for statuses (kubectl/pkg/cmd/util/helpers.go); status null: no answer came. */
export function readRefusal(stderr: string): {status: number | null; message: string} {
  const lines = stderr.split('\n').filter(line => /^(?:Error|error|Unable|The )/.test(line))
  const line = lines.at(-1) ?? stderr
  const message = line.replace(/^Error from server(?: \(\w+\))?: /, '').trim()
  if (/^error: You must be logged in to the server/.test(line)) return {status: 401, message}
  if (/^The request is invalid/.test(line)) return {status: 422, message}
  const fromServer = /^Error from server(?: \((\w+)\))?: /.exec(line)
  return {status: fromServer === null ? null : (STATUS_BY_WORD[fromServer[1] ?? ''] ?? 500), message}
}
