/** Ways in which an API server and what lies between can misbehave; set and cleared while it runs. */
import {type ApiRequest, resourceOf} from './request.ts'

/** Which requests are hit; without a field, any. */
export interface RequestPattern {
  verb?: string
  /** With subresource: `pods/log`. */
  resource?: string
  name?: string
  /** Of requests that are about no resource: `/version`. */
  path?: string
}

export type ApiFault =
  | {kind: 'hang'; on?: RequestPattern} // takes the request and never answers
  | {kind: 'unauthorized'; on?: RequestPattern} // 401, whatever the credentials
  | {kind: 'forbidden'; on?: RequestPattern} // 403, whatever the rules
  | {kind: 'html'; code: number; on?: RequestPattern} // a login page or a proxy's own answer
  | {kind: 'failing'; code: number; message: string; on?: RequestPattern} // a Status with that code
  | {kind: 'slow'; seconds: number; on?: RequestPattern} // answers late
  | {kind: 'pod-gone'; pod: string} // still listed, and 404 for everything else
  | {kind: 'cut-body'; pod: string; afterBytes: number} // the stream from the pod ends in the middle
  | {kind: 'web-html'; pod: string} // a login page where the pod's web server should be

export function matchesPattern(pattern: RequestPattern | undefined, request: ApiRequest): boolean {
  if (!pattern) return true
  const target = request.target
  return (
    (pattern.path === undefined || pattern.path === request.path) &&
    (pattern.verb === undefined || pattern.verb === target?.verb) &&
    (pattern.resource === undefined || (target !== null && pattern.resource === resourceOf(target))) &&
    (pattern.name === undefined || pattern.name === target?.name)
  )
}

/** Bytes of a pod's answer to let through before its stream is cut; infinite when no fault says so. */
export function bytesBeforeCut(faults: ApiFault[], pod: string): number {
  const cut = faults.find(fault => fault.kind === 'cut-body' && fault.pod === pod)
  return cut?.kind === 'cut-body' ? cut.afterBytes : Number.POSITIVE_INFINITY
}
