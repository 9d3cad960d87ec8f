/** From the way that the user gave to a query API. What goes wrong on the way is the answer to each question. */
import type {CentralAccess} from './access.ts'
import type {CentralOptions, NamedCentral} from './open-in-context.ts'
import type {PodOnlooker} from './pod.ts'
import {openQueryApi} from './prometheus-api.ts'
import type {QueryApi} from './query-api.ts'
import {wayToUrl} from './url.ts'

/** Asks nothing of a URL yet; of a context its pods. Throws UserError where the kubeconfig has no such context. */
export async function openCentral(access: CentralAccess, options: CentralOptions): Promise<QueryApi> {
  return (await openNamed(access, options)).queryApi
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
