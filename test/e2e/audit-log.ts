/** The API server's own record of what was asked of it. */
import {existsSync} from 'node:fs'
import {open, stat} from 'node:fs/promises'
import {homedir} from 'node:os'
import path from 'node:path'

/** A line of the log (audit.k8s.io/v1 Event), of which this much is read. */
export interface AuditedRequest {
  verb: string
  userAgent?: string
  requestURI: string
  objectRef?: {resource?: string; subresource?: string; namespace?: string}
}

export class AuditLog {
  readonly #file: string
  readonly #start: number

  private constructor(file: string, start: number) {
    this.#file = file
    this.#start = start
  }

  static fileOf(context: string): string {
    const home = process.env.REALCLUSTER_HOME || path.join(homedir(), '.cache', 'realcluster')
    return path.join(home, 'clusters', context, 'audit.log')
  }

  /** Why there is none to read; null when there is one. */
  static missing(context: string): string | null {
    const file = AuditLog.fileOf(context)
    return existsSync(file) ? null : `there is no audit log ${file}`
  }

  /** From now on. */
  static async of(context: string): Promise<AuditLog> {
    const file = AuditLog.fileOf(context)
    return new AuditLog(file, (await stat(file)).size)
  }

  /** The same, without those that are about another namespace than this one. */
  async requestsIn(namespace: string): Promise<AuditedRequest[]> {
    const requests = await this.requests()
    return requests.filter(({objectRef}) => (objectRef?.namespace ?? namespace) === namespace)
  }

  /** Requests of promfleet since then, in order; it names itself in every one. */
  async requests(): Promise<AuditedRequest[]> {
    const file = await open(this.#file)
    try {
      const requests: AuditedRequest[] = []
      for await (const line of file.readLines({start: this.#start, autoClose: false})) {
        const request = JSON.parse(line) as AuditedRequest
        if (/^promfleet\b/.test(request.userAgent ?? '')) requests.push(request)
      }
      return requests
    } finally {
      await file.close()
    }
  }
}

/** `get pods/log`; `get /version` for what is no resource. */
export function inWords({verb, objectRef, requestURI}: AuditedRequest): string {
  if (!objectRef?.resource) return `${verb} ${requestURI.split('?')[0]}`
  return `${verb} ${objectRef.resource}${objectRef.subresource ? `/${objectRef.subresource}` : ''}`
}

/** Words of `inWords` that change nothing. A WebSocket is a GET, and a create from Kubernetes 1.35 on: a port-forward, but also a program in a pod. */
export function isReading(words: string): boolean {
  return /^(?:(?:get|list) (?!pods\/(?:exec|attach)$)|create pods\/portforward$|create selfsubjectaccessreviews$)/.test(
    words,
  )
}
