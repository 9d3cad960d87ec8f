import {connectApiServer} from '../api-server/api-server.ts'
import {loadKubeconfig} from '../kubeconfig/kubeconfig.ts'
import {type CentralAccess, nameOf} from './access.ts'
import type {CentralOptions, NamedCentral} from './open-central.ts'
import {findCentralPod, type PodOnlooker, wayToPod} from './pod.ts'
import {failedQueryApi, openQueryApi} from './prometheus-api.ts'
import {selectCentralContext} from './select-context.ts'

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
