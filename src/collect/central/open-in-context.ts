/** From a context to the query API of the central that is a pod there. */
import type {TransportChoice} from '../../evidence/types.ts'
import {type ApiServerConnection, connectApiServer} from '../api-server/api-server.ts'
import type {CentralPod} from '../discovery/centrals.ts'
import {type GivenImpersonation, loadKubeconfig} from '../kubeconfig/kubeconfig.ts'
import {type CentralAccess, nameOf} from './access.ts'
import {findCentralPod, type PodOnlooker, wayToPod} from './pod.ts'
import {failedQueryApi, openQueryApi} from './prometheus-api.ts'
import type {QueryApi} from './query-api.ts'
import {selectCentralContext} from './select-context.ts'

export interface CentralOptions {
  /** --kubeconfig; null as kubectl has it. */
  kubeconfig: string | null
  impersonate: GivenImpersonation
  transport: TransportChoice
  signal: AbortSignal
}

export interface NamedCentral {
  queryApi: QueryApi
  /** Where it is a pod that was found; closed with the query API. */
  found: {api: ApiServerConnection; pod: CentralPod} | null
}

/** A central that is a pod: found there, and asked through its API server. */
export async function openInContext(
  access: Extract<CentralAccess, {kind: 'pod'}>,
  {kubeconfig, impersonate, transport, signal}: CentralOptions,
  onlooker: PodOnlooker | null,
): Promise<NamedCentral> {
  const context = selectCentralContext(await loadKubeconfig({kubeconfig}), access.context)
  const api = connectApiServer(context, {impersonate, transport})
  const found = await findCentralPod(api, access, signal, onlooker)
  if (found.ok) {
    const queryApi = openQueryApi(wayToPod(api, found.value, access.credentials, transport))
    return {queryApi, found: {api, pod: found.value}}
  }
  api.close()
  return {queryApi: failedQueryApi(nameOf(access), found), found: null}
}
