/** Who may do what: tokens and client certificates to users, rules per user, impersonation. */
import type {IncomingMessage} from 'node:http'
import type {TLSSocket} from 'node:tls'
import {parseAllDocuments} from 'yaml'
import {resourceOf, type Target} from './request.ts'
import {forbidden, unauthorized} from './status.ts'

export interface Rule {
  verbs: string[]
  apiGroups: string[]
  /** With subresource: `pods/log`. `*` is all of them. */
  resources: string[]
  resourceNames?: string[]
  /** null: in every namespace and at the cluster scope. */
  namespace: string | null
}

export interface User {
  name: string
  groups: string[]
}

/** What cluster-admin may. */
export const everything: Rule = {verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespace: null}

/** Rights that every user has who is known at all (ClusterRole system:basic-user and system:discovery). */
const ofEveryone: Rule = {
  verbs: ['create'],
  apiGroups: ['authorization.k8s.io'],
  resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  namespace: null,
}

export class Authorizer {
  readonly #tokens = new Map<string, User>()
  readonly #rules = new Map<string, Rule[]>()

  /** A user who shows this token; client certificates name their user themselves. */
  addUser(token: string, user: User, rules: Rule[]): void {
    this.#tokens.set(token, user)
    this.#rules.set(user.name, rules)
  }

  setRules(userName: string, rules: Rule[]): void {
    this.#rules.set(userName, rules)
  }

  rulesOf(user: User): Rule[] {
    return [ofEveryone, ...(this.#rules.get(user.name) ?? [])]
  }

  allows(user: User, target: Target): boolean {
    if (user.groups.includes('system:masters')) return true
    return this.rulesOf(user).some(
      rule =>
        has(rule.verbs, target.verb) &&
        has(rule.apiGroups, target.group) &&
        has(rule.resources, resourceOf(target)) &&
        (rule.namespace === null || rule.namespace === target.namespace) &&
        (!rule.resourceNames || (target.name !== null && rule.resourceNames.includes(target.name))),
    )
  }

  /** The user of a request, after impersonation. Throws 401, or 403 where impersonating is not allowed. */
  authenticate(request: IncomingMessage): {user: User; realUser: User} {
    const realUser = this.#realUser(request)
    const asUser = request.headers['impersonate-user']
    if (typeof asUser !== 'string') return {user: realUser, realUser}
    const groups = request.headersDistinct['impersonate-group'] ?? []
    for (const [resource, names] of [
      ['users', [asUser]],
      ['groups', groups],
    ] as const) {
      for (const name of names) {
        const target: Target = {
          verb: 'impersonate',
          group: '',
          version: 'v1',
          resource,
          subresource: null,
          namespace: null,
          name,
          rest: '',
        }
        if (!this.allows(realUser, target)) throw forbidden(realUser.name, target)
      }
    }
    return {user: {name: asUser, groups: [...groups, 'system:authenticated']}, realUser}
  }

  #realUser(request: IncomingMessage): User {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (token !== undefined) {
      const user = this.#tokens.get(token)
      if (!user) throw unauthorized()
      return user
    }
    const socket = request.socket as TLSSocket
    const subject = socket.authorized ? socket.getPeerCertificate().subject : undefined
    if (!subject?.CN) throw unauthorized()
    return {name: String(subject.CN), groups: subject.O ? [subject.O].flat() : []}
  }
}

/**
 * Rules of the Roles and ClusterRoles in a YAML text, as its bindings place them: a ClusterRole that only RoleBindings name
 * holds in their namespaces. Subjects are not looked at.
 */
export function rulesFromManifests(text: string): Rule[] {
  const documents = parseAllDocuments(text).map(document => document.toJS() as Manifest | null)
  const manifests = documents.filter(document => document !== null)
  return manifests.flatMap(manifest => {
    const rules = manifest.rules ?? []
    if (manifest.kind === 'Role')
      return rules.map(rule => ({...rule, namespace: manifest.metadata?.namespace ?? 'default'}))
    if (manifest.kind !== 'ClusterRole') return []
    const bindings = manifests.filter(
      other => other.roleRef?.kind === 'ClusterRole' && other.roleRef.name === manifest.metadata?.name,
    )
    const isClusterWide = bindings.length === 0 || bindings.some(binding => binding.kind === 'ClusterRoleBinding')
    const namespaces = isClusterWide ? [null] : bindings.map(binding => binding.metadata?.namespace ?? 'default')
    return namespaces.flatMap(namespace => rules.map(rule => ({...rule, namespace})))
  })
}

interface Manifest {
  kind?: string
  metadata?: {name?: string; namespace?: string}
  rules?: Omit<Rule, 'namespace'>[]
  roleRef?: {kind: string; name: string}
}

function has(allowed: string[], wanted: string): boolean {
  return allowed.includes('*') || allowed.includes(wanted)
}
