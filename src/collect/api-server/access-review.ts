/** Asks the API server what the user may do (SelfSubjectAccessReview), only to explain a 403: the one POST there is. */
import type {ContextEvidence, Failure, Permission} from '../../evidence/types.ts'
import type {ApiServer} from '../connections.ts'

const MAX_REVIEWS = 30

/** The permissions that forbidden evidence of this context names, each with whether the user has it; empty when that may not be asked. */
export async function reviewAccess(
  api: ApiServer,
  evidence: ContextEvidence,
  signal: AbortSignal,
): Promise<ContextEvidence['accessReviews']> {
  const permissions = missingPermissions(evidence).slice(0, MAX_REVIEWS)
  const reviews = await Promise.all(permissions.map(permission => review(api, permission, signal)))
  return reviews.filter(answer => answer !== null)
}

async function review(
  api: ApiServer,
  permission: Permission,
  signal: AbortSignal,
): Promise<ContextEvidence['accessReviews'][number] | null> {
  const [resource, subresource] = permission.resource.split('/')
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        verb: permission.verb,
        group: permission.group,
        resource,
        ...(subresource !== undefined && {subresource}),
        ...(permission.namespace !== null && {namespace: permission.namespace}),
      },
    },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const answer = await api.postJson<{status?: {allowed?: boolean}}>(path, body, {signal})
  return answer.ok ? {permission, allowed: answer.value?.status?.allowed === true} : null
}

/** Each once, in the order in which they were met. */
function missingPermissions(evidence: ContextEvidence): Permission[] {
  const failures = collectedPieces(evidence).filter(piece => !piece.ok)
  const permissions = new Map<string, Permission>()
  for (const {reason, needs} of failures) {
    if (reason !== 'forbidden' && needs.length === 0) continue
    for (const permission of needs.flat()) permissions.set(JSON.stringify(permission), permission)
  }
  return [...permissions.values()]
}

function collectedPieces(evidence: ContextEvidence): ({ok: true} | Failure)[] {
  return [
    evidence.serverVersion,
    evidence.agentResources,
    ...evidence.podLists.map(({pods}) => pods),
    ...evidence.agents.flatMap(agent => [
      agent.ready,
      ...agent.scrapes,
      agent.log,
      agent.previousLog,
      agent.events,
      agent.claims,
    ]),
  ]
}
