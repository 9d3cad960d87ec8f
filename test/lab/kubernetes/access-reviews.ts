/** SelfSubjectAccessReview and SelfSubjectRulesReview: what the asking user may do. */
import type {IncomingMessage} from 'node:http'
import {buffer} from 'node:stream/consumers'
import type {Authorizer, User} from './authorization.ts'
import {decodeReview, isProtobuf} from './protobuf-reviews.ts'
import type {Target} from './request.ts'
import {badRequest} from './status.ts'

interface ReviewSpec {
  resourceAttributes?: {
    namespace?: string
    verb?: string
    group?: string
    version?: string
    resource?: string
    subresource?: string
    name?: string
  }
  nonResourceAttributes?: {path?: string; verb?: string}
  namespace?: string
}

/** The review with its status filled in. */
export function answerAccessReview(body: unknown, authorizer: Authorizer, user: User, target: Target): unknown {
  const review = body as {spec?: ReviewSpec}
  if (!review?.spec) throw badRequest('spec is required')
  const common = {apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec: review.spec}
  if (target.resource === 'selfsubjectrulesreviews') {
    const rules = authorizer
      .rulesOf(user)
      .filter(rule => rule.namespace === null || rule.namespace === review.spec?.namespace)
    const resourceRules = rules.map(({namespace: _, ...rule}) => rule)
    return {kind: 'SelfSubjectRulesReview', ...common, status: {resourceRules, nonResourceRules: [], incomplete: false}}
  }
  const {resourceAttributes: asked, nonResourceAttributes} = review.spec
  const allowed = asked
    ? authorizer.allows(user, {
        verb: asked.verb ?? '',
        group: asked.group ?? '',
        version: asked.version ?? '',
        resource: asked.resource ?? '',
        subresource: asked.subresource || null,
        namespace: asked.namespace || null,
        name: asked.name || null,
        rest: '',
      })
    : /^\/(version|healthz|livez|readyz|api|apis)\b/.test(nonResourceAttributes?.path ?? '')
  return {kind: 'SelfSubjectAccessReview', ...common, status: {allowed}}
}

/** The review of a request's body, JSON or protobuf. Throws a 400. */
export async function readReview(request: IncomingMessage, target: Target): Promise<unknown> {
  const body = await buffer(request)
  try {
    return isProtobuf(request.headers['content-type'])
      ? decodeReview(body, target.resource)
      : JSON.parse(body.toString())
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${error instanceof Error ? error.message : String(error)}`)
  }
}
