/** Status documents, worded as kube-apiserver words them (apimachinery/pkg/api/errors). */
import {resourceOf, type Target} from './request.ts'

/** A refusal; thrown by handlers, answered as JSON with its code. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Record<string, unknown> | undefined
  constructor(code: number, reason: string, message: string, details?: Record<string, unknown>) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }
  toJSON(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason ? {reason: this.reason} : {}),
      ...(this.details ? {details: this.details} : {}),
      code: this.code,
    }
  }
}

export const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized')
export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message)

export function notFound(target: Target): StatusError {
  const {group, resource, name} = target
  const qualified = group ? `${resource}.${group}` : resource
  return new StatusError(404, 'NotFound', `${qualified} "${name}" not found`, {
    name,
    ...(group ? {group} : {}),
    kind: resource,
  })
}

/** No such path, as the API server says it of resources that are not installed. */
export const noSuchPath = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

export function forbidden(user: string, target: Target, why = ''): StatusError {
  const {group, resource, name, namespace, verb} = target
  const qualified = group ? `${resource}.${group}` : resource
  const subject = name ? `${qualified} "${name}"` : qualified
  const place = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const message = `${subject} is forbidden: User "${user}" cannot ${verb} resource "${resourceOf(target)}" in API group "${group}" ${place}${why ? `: ${why}` : ''}`
  return new StatusError(403, 'Forbidden', message, {
    ...(name ? {name} : {}),
    ...(group ? {group} : {}),
    kind: resource,
  })
}

export function forbiddenPath(user: string, verb: string, path: string): StatusError {
  return new StatusError(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {})
}
