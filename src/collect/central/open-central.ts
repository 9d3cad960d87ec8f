/** From the way that the user gave to a query API. What goes wrong on the way is the answer to each question. */
import type {TransportChoice} from '../../evidence/types.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import type {CentralPod} from '../discovery/centrals.ts'
import type {GivenImpersonation} from '../kubeconfig/kubeconfig.ts'
import type {CentralAccess} from './access.ts'
import type {PodOnlooker} from './pod.ts'
import {openQueryApi} from './prometheus-api.ts'
import type {QueryApi} from './query-api.ts'
import {wayToUrl} from './url.ts'

export interface CentralOptions {
  /** --kubeconfig; null as kubectl has it. */
  kubeconfig: string | null
  impersonate: GivenImpersonation
  transport: TransportChoice
  signal: AbortSignal
}

/** Asks nothing of a URL yet; of a context its pods. Throws UserError where the kubeconfig has no such context. */
export async function openCentral(access: CentralAccess, options: CentralOptions): Promise<QueryApi> {
  return (await openNamed(access, options)).queryApi
}

export interface NamedCentral {
  queryApi: QueryApi
  /** Where it is a pod that was found; closed with the query API. */
  found: {api: ApiServerConnection; pod: CentralPod} | null
}

/** The same, with the pod that is behind it. */
export async function openNamed(
  access: CentralAccess,
  options: CentralOptions,
  onlooker: PodOnlooker | null = null,
): Promise<NamedCentral> {
  if (access.kind === 'url') return {queryApi: openQueryApi(wayToUrl(access)), found: null}
  const {openInContext} = await import('./open-in-context.ts') // the Kubernetes client comes with it
  return openInContext(access, options, onlooker)
}
