/** A small Kubernetes API over TLS: enough of it that kubectl and promfleet take it for real, with faults to switch on. */

import {once} from 'node:events'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {createServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import type {Duplex} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {setTimeout as wait} from 'node:timers/promises'
import {answerAccessReview, readReview} from './access-reviews.ts'
import {type AuditEntry, auditEntry} from './audit.ts'
import {Authorizer, everything, type User} from './authorization.ts'
import type {Authority} from './certificates.ts'
import {discoveryDocument} from './discovery.ts'
import {addEphemeralContainers} from './ephemeral-containers.ts'
import {type ApiFault, matchesPattern} from './faults.ts'
import {builtInKinds, type KubernetesObject, ObjectStore, operatorDefinitions, operatorKinds} from './objects.ts'
import {execInPod} from './pod-exec.ts'
import {logFileOf, readLog} from './pod-log.ts'
import {forwardToPod} from './pod-port-forward.ts'
import {parseProxyName, proxyToPod} from './pod-proxy.ts'
import type {PodBacking} from './pods.ts'
import {type ApiRequest, parseRequest, readBody, type Target} from './request.ts'
import {badRequest, forbidden, forbiddenPath, noSuchPath, notFound, StatusError, unauthorized} from './status.ts'
import {tableOf, wantsTable} from './tables.ts'

export interface ApiServerOptions {
  authority: Authority
  /** Default: a free port of 127.0.0.1. */
  host?: string
  port?: number
  /** Default v1.32.0. From 1.35 port-forward over WebSocket needs `create` beside `get`. */
  gitVersion?: string
  /** With the Prometheus Operator's resource kinds; default false. */
  withOperator?: boolean
  /** How far the API server's clock is from ours. */
  clockSkewSeconds?: number
}

export interface LabApiServer {
  /** https://HOST:PORT */
  address: string
  certificateAuthorityPem: string
  adminToken: string
  /** Has no rights until `authorizer.setRules('viewer', ...)`. */
  viewerToken: string
  authorizer: Authorizer
  store: ObjectStore
  /** Every request of a known or unknown user, oldest first. */
  audit: AuditEntry[]
  /** Change at will; looked at by every request. */
  faults: ApiFault[]
  addPod(pod: KubernetesObject, backing: PodBacking): void
  removePod(namespace: string, name: string): void
  close(): Promise<void>
}

export async function startApiServer(options: ApiServerOptions): Promise<LabApiServer> {
  const host = options.host ?? '127.0.0.1'
  const leaf = await options.authority.issue({
    commonName: 'kube-apiserver',
    names: ['localhost', '127.0.0.1', host, 'kubernetes'],
  })
  const server = createServer({
    key: leaf.keyPem,
    cert: leaf.certificatePem,
    ca: options.authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
    keepAliveTimeout: 90_000, // kube-apiserver's IdleTimeout
  })
  const api = new ApiServer(options)
  server.on('request', (request, response) => void api.handle(request, response))
  server.on('upgrade', (request, socket, head) => void api.upgrade(request, socket, head))
  server.on('clientError', (_error, socket) => socket.destroy())
  const open = new Set<Duplex>()
  for (const event of ['connection', 'secureConnection'])
    server.on(event, (socket: Duplex) => {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => open.delete(socket))
    })
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  return {
    address: `https://${host}:${(server.address() as AddressInfo).port}`,
    certificateAuthorityPem: options.authority.certificatePem,
    adminToken: api.adminToken,
    viewerToken: api.viewerToken,
    authorizer: api.authorizer,
    store: api.store,
    audit: api.audit,
    faults: api.faults,
    addPod: (pod, backing) => api.addPod(pod, backing),
    removePod: (namespace, name) => api.store.remove('pods', namespace, name),
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

class ApiServer {
  readonly adminToken = 'admin-token'
  readonly viewerToken = 'viewer-token'
  readonly authorizer = new Authorizer()
  readonly audit: AuditEntry[] = []
  readonly faults: ApiFault[] = []
  readonly store: ObjectStore
  readonly #backings = new Map<string, PodBacking>()
  readonly #options: ApiServerOptions
  readonly #gitVersion: string

  constructor(options: ApiServerOptions) {
    this.#options = options
    this.#gitVersion = options.gitVersion ?? 'v1.32.0'
    this.store = new ObjectStore([...builtInKinds, ...(options.withOperator ? operatorKinds : [])])
    this.authorizer.addUser(this.adminToken, {name: 'admin', groups: ['system:masters']}, [everything])
    this.authorizer.addUser(this.viewerToken, {name: 'viewer', groups: ['system:authenticated']}, [])
    if (options.withOperator)
      for (const definition of operatorDefinitions()) this.store.put('customresourcedefinitions', definition)
  }

  addPod(pod: KubernetesObject, backing: PodBacking): void {
    this.store.put('pods', pod)
    this.#backings.set(`${pod.metadata.namespace}/${pod.metadata.name}`, backing)
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const skew = this.#options.clockSkewSeconds
    if (skew) response.setHeader('date', new Date(Date.now() + skew * 1000).toUTCString())
    const asked = parseRequest(request)
    try {
      if ((await this.#misbehave(asked, response)) === 'done') return
      const user = this.#admit(asked, request)
      await this.#answer(asked, user, request, response)
      this.audit.push(auditEntry(asked, request, response.statusCode, this.authorizer))
    } catch (error) {
      const status = asStatus(error)
      this.audit.push(auditEntry(asked, request, status.code, this.authorizer))
      if (response.headersSent) response.destroy()
      else sendJson(response, status.code, status.toJSON())
    }
  }

  /** GET of pods/portforward and pods/exec with `Upgrade: websocket`; refusals are plain HTTP answers. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const asked = parseRequest(request)
    try {
      if ((await this.#misbehave(asked, null)) === 'done') return
      this.#admit(asked, request)
      const target = asked.target
      if (target?.resource !== 'pods') throw noSuchPath()
      const {pod, backing} = this.#pod(target, target.name ?? '')
      if (target.subresource === 'exec') {
        execInPod(request, socket, head, asked.query, pod, backing)
        this.audit.push(auditEntry(asked, request, 101, this.authorizer))
        return
      }
      if (target.subresource !== 'portforward') throw noSuchPath()
      const ports = asked.query.getAll('ports').flatMap(text => text.split(',').map(Number))
      forwardToPod(request, socket, head, ports, pod, backing, this.faults)
      this.audit.push(auditEntry(asked, request, 101, this.authorizer))
    } catch (error) {
      const status = asStatus(error)
      this.audit.push(auditEntry(asked, request, status.code, this.authorizer))
      const body = JSON.stringify(status.toJSON())
      socket.end(
        `HTTP/1.1 ${status.code} ${status.reason || 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      )
    }
  }

  /** 'done' when a fault has answered, or never will. */
  async #misbehave(asked: ApiRequest, response: ServerResponse | null): Promise<'done' | 'go on'> {
    for (const fault of this.faults) {
      if ('pod' in fault || !matchesPattern(fault.on, asked)) continue
      if (fault.kind === 'hang') return 'done'
      if (fault.kind === 'unauthorized') throw unauthorized()
      if (fault.kind === 'forbidden')
        throw asked.target ? forbidden('admin', asked.target) : forbiddenPath('admin', 'get', asked.path)
      if (fault.kind === 'failing') throw new StatusError(fault.code, 'InternalError', fault.message)
      if (fault.kind === 'slow') await wait(fault.seconds * 1000)
      if (fault.kind === 'html') {
        if (!response) throw new StatusError(fault.code, '', 'html')
        response
          .writeHead(fault.code, {'content-type': 'text/html'})
          .end('<html><head><title>Sign in</title></head><body>Sign in</body></html>\n')
        return 'done'
      }
    }
    return 'go on'
  }

  /** Authentication and authorisation. Throws 401 and 403. */
  #admit(asked: ApiRequest, request: IncomingMessage): User {
    const {user} = this.authorizer.authenticate(request)
    const target = asked.target
    if (!target) return user // discovery and /version are for every known user
    const isStream = target.subresource === 'portforward' || target.subresource === 'exec'
    const verbs = isStream && this.#minor() >= 35 ? ['get', 'create'] : [target.verb]
    for (const verb of verbs) {
      const name = target.subresource === 'proxy' ? parseProxyName(target.name ?? '').pod : target.name
      const attributes = {...target, verb, name}
      if (!this.authorizer.allows(user, attributes)) throw forbidden(user.name, attributes)
    }
    return user
  }

  async #answer(asked: ApiRequest, user: User, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = asked.target
    const document = discoveryDocument(asked.path, this.store, this.#gitVersion)
    if (document !== null) return sendJson(response, 200, document)
    if (['/healthz', '/livez', '/readyz'].includes(asked.path)) return void response.end('ok')
    if (!target) throw noSuchPath()
    if (target.group === 'authorization.k8s.io' && target.verb === 'create')
      return sendJson(
        response,
        201,
        answerAccessReview(await readReview(request, target), this.authorizer, user, target),
      )
    if (!this.store.kindOf(target)) throw noSuchPath()
    if (target.resource === 'pods' && target.subresource)
      return this.#answerPodSubresource(asked, target, request, response)
    if (target.subresource) throw noSuchPath()
    const asTable = wantsTable(request.headers.accept)
    if (target.verb === 'list') {
      const list = this.store.list(target, asked.query)
      const items = list.items as KubernetesObject[]
      return sendJson(response, 200, asTable ? tableOf(items, '1') : list)
    }
    if (target.verb !== 'get')
      throw new StatusError(
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
        {},
      )
    const object = this.store.get(target.resource, target.namespace, target.name ?? '')
    if (!object || (target.resource === 'pods' && this.#isGone(object.metadata.name))) throw notFound(target)
    sendJson(response, 200, asTable ? tableOf([object], '1') : object)
  }

  async #answerPodSubresource(
    asked: ApiRequest,
    target: Target,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (target.subresource === 'proxy') {
      const {pod, backing} = this.#pod(target, parseProxyName(target.name ?? '').pod)
      return proxyToPod(request, response, target, pod, backing, this.faults)
    }
    const {pod, backing} = this.#pod(target, target.name ?? '')
    if (target.subresource === 'ephemeralcontainers' && target.verb === 'patch') {
      // Before 1.23 it was behind a gate, and in another form.
      if (this.#minor() < 23) throw noSuchPath()
      addEphemeralContainers(pod, await readBody(request))
      return sendJson(response, 200, pod)
    }
    if (target.subresource === 'portforward') throw badRequest('Upgrade request required')
    if (target.subresource !== 'log') throw noSuchPath()
    const file = logFileOf(pod, backing, asked.query)
    response.writeHead(200, {'content-type': 'text/plain'})
    if (file === null) response.end()
    else await pipeline(readLog(file, asked.query), response).catch(() => undefined) // the reader went away
  }

  #pod(target: Target, name: string): {pod: KubernetesObject; backing: PodBacking | undefined} {
    const pod = this.store.get('pods', target.namespace, name)
    if (!pod || this.#isGone(name)) throw notFound({...target, name})
    return {pod, backing: this.#backings.get(`${target.namespace}/${name}`)}
  }

  #isGone(name: string): boolean {
    return this.faults.some(fault => fault.kind === 'pod-gone' && fault.pod === name)
  }

  #minor(): number {
    return Number(/^v1\.(\d+)/.exec(this.#gitVersion)?.[1] ?? 0)
  }
}

function asStatus(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  return new StatusError(
    500,
    'InternalError',
    `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
  )
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, {'content-type': 'application/json'}).end(`${JSON.stringify(body)}\n`)
}
