/** The audit log: every request with who made it and what came of it. */
import type {IncomingMessage} from 'node:http'
import type {Authorizer} from './authorization.ts'
import {type ApiRequest, resourceOf} from './request.ts'

/** One request as an audit log has it, at its end. */
export interface AuditEntry {
  at: string
  user: string
  /** The user who impersonated. */
  realUser: string
  verb: string
  path: string
  group: string
  resource: string
  namespace: string | null
  name: string | null
  code: number
}

export function auditEntry(
  asked: ApiRequest,
  request: IncomingMessage,
  code: number,
  authorizer: Authorizer,
): AuditEntry {
  let users = {user: 'unknown', realUser: 'unknown'}
  try {
    const {user, realUser} = authorizer.authenticate(request)
    users = {user: user.name, realUser: realUser.name}
  } catch {
    // refused: the audit log has it without a user
  }
  const {target} = asked
  return {
    at: new Date().toISOString(),
    ...users,
    verb: target?.verb ?? asked.method.toLowerCase(),
    path: asked.path,
    group: target?.group ?? '',
    resource: target ? resourceOf(target) : '',
    namespace: target?.namespace ?? null,
    name: target?.name ?? null,
    code,
  }
}
