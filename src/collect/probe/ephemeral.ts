/**
 * An ephemeral container beside the agent's, with an image that the user chose, where the agent's own has no tools. It shares the pod's
 * network and nothing else, ends by itself, and cannot be taken out of the pod's list again: Kubernetes knows no such request.
 */
import {randomBytes} from 'node:crypto'
import {pauseUntil} from '../agent/pause.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {keepText} from '../redact.ts'
import type {Container} from './exec-stream.ts'
import {ProbeError} from './step.ts'

/** Ephemeral containers are in the API since 1.23 (beta) and 1.25 for good; before, behind a gate and in another form. */
const FIRST_MINOR = 23
/** After these the container ends, whatever happens to promfleet. */
export const CONTAINER_SECONDS = 60
const START_SECONDS = 30
const LOOK_EVERY_MILLISECONDS = 300

interface PodWithEphemeral {
  status?: {
    ephemeralContainerStatuses?: {
      name?: string
      state?: {
        running?: object
        waiting?: {reason?: string; message?: string}
        terminated?: {reason?: string; message?: string}
      }
    }[]
  }
}

/** Adds it, and waits until it runs. Throws ProbeError with what stands in the way. */
export async function addEphemeralContainer(
  api: ApiServerConnection,
  serverVersion: string | null,
  {namespace, pod}: Container,
  image: string,
  signal: AbortSignal,
): Promise<Container> {
  const minor = Number(/^v?1\.(\d+)/.exec(serverVersion ?? '')?.[1] ?? FIRST_MINOR)
  if (minor < FIRST_MINOR) throw withoutThem(api, serverVersion)
  const container = `promfleet-probe-${randomBytes(3).toString('hex')}`
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`
  const added = await api.patchJson(
    `${path}/ephemeralcontainers`,
    {spec: {ephemeralContainers: [specOf(container, image)]}},
    signal,
  )
  if (!added.ok) {
    if (added.reason === 'not-found' && !/pods? .*not found/.test(added.detail)) throw withoutThem(api, serverVersion)
    throw new ProbeError('NOT_ALLOWED', added.detail)
  }
  const endsAt = Date.now() + START_SECONDS * 1000
  let last = 'it was not started'
  while (Date.now() < endsAt && !signal.aborted) {
    const seen = await api.getJson<PodWithEphemeral>(path, {signal})
    if (!seen.ok) throw new ProbeError('NOT_ALLOWED', seen.detail)
    const state = seen.value.status?.ephemeralContainerStatuses?.find(({name}) => name === container)?.state
    if (state?.running) return {namespace, pod, container}
    const why = state?.terminated ?? state?.waiting
    if (why?.reason !== undefined) last = `${why.reason}${why.message ? `: ${why.message}` : ''}`
    if (state?.terminated || /Err|BackOff|Invalid/.test(why?.reason ?? '')) break
    await pauseUntil(Date.now() + LOOK_EVERY_MILLISECONDS, signal)
  }
  throw new ProbeError('UNUSABLE', `the ephemeral container with image ${image} does not run: ${keepText(last, 200)}`)
}

function withoutThem({server}: ApiServerConnection, version: string | null): ProbeError {
  return new ProbeError(
    'UNUSABLE',
    `the API server ${server} (${version ?? 'version not known'}) has no ephemeral containers: they came with Kubernetes 1.${FIRST_MINOR}. Use --from-pod without --image`,
  )
}

/** As little as the "restricted" pod security standard allows, so that it is let in everywhere. */
function specOf(name: string, image: string): object {
  return {
    name,
    image,
    command: ['sh', '-c', `trap 'exit 0' TERM; sleep ${CONTAINER_SECONDS} & wait`],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: {drop: ['ALL']},
      runAsNonRoot: true,
      runAsUser: 65534,
      seccompProfile: {type: 'RuntimeDefault'},
    },
  }
}
