/** A central's pod: found in a context, and reached through its API server by the same transports as agents. */
import type {Collected, TransportChoice} from '../../evidence/types.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {collected, failure} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import {type CentralPod, findCentralPods, mayAnswerQueries} from '../discovery/centrals.ts'
import type {PodObject} from '../discovery/kubernetes-objects.ts'
import {findPods} from '../discovery/pods.ts'
import {connectAgent} from '../transport/transport.ts'
import {type CentralCredentials, credentialHeaders, secretsOf} from './access.ts'
import type {CentralWay} from './query-api.ts'

export interface CentralPodChoice {
  namespace: string | null
  pod: string | null
}

/** Sees the pods that are listed while the central is looked for. */
export interface PodOnlooker {
  /** Each, whether it is kept or not; not called where all are kept. */
  sawPod(pod: PodObject): void
  podsListed(pods: PodObject[], isWhole: boolean): void
}

const SHOWN_CANDIDATES = 5

/** The pod to ask, with all that might have been it. Several workloads that may be the central are a failure that names them. */
export async function findCentralPod(
  api: ApiServerConnection,
  choice: CentralPodChoice,
  signal: AbortSignal,
  onlooker: PodOnlooker | null = null,
): Promise<Collected<CentralPod>> {
  const place = choice.namespace === null ? `context ${api.contextName}` : `namespace ${choice.namespace}`
  const found = await findPods(
    api,
    {
      namespace: choice.namespace,
      selector: null,
      agents: [],
      isKept(pod) {
        onlooker?.sawPod(pod)
        return mayAnswerQueries(pod)
      },
    },
    signal,
  )
  onlooker?.podsListed(found.pods, found.listed.has('*'))
  const candidates = findCentralPods(found.pods).filter(({pod}) => choice.pod === null || choice.pod === pod)
  const [best] = candidates
  if (best === undefined) {
    const unread = found.podLists.find(({pods}) => !pods.ok)
    if (unread !== undefined && !unread.pods.ok) return unread.pods
    return choice.pod === null
      ? failure('not-found', `${place} has no pod that looks like a central: give --central-pod, or --central-url`)
      : failure('not-found', `${place} has no pod ${choice.pod} that answers queries`)
  }
  const equals = candidates.filter(({isReceiver}) => isReceiver === best.isReceiver)
  const workloads = new Map(equals.map(each => [`${each.namespace}/${each.workload}`, each] as const))
  if (workloads.size > 1) {
    const names = equals.map(({namespace, pod}) => `${namespace}/${pod}`)
    const rest = names.length > SHOWN_CANDIDATES ? ` and ${names.length - SHOWN_CANDIDATES} more` : ''
    return failure(
      'not-applicable',
      `${place} has more than one pod that may be the central (${names.slice(0, SHOWN_CANDIDATES).join(', ')}${rest}): choose with --central-pod`,
    )
  }
  return best.notRunning === null
    ? collected(best)
    : failure('unreachable', `the central ${best.namespace}/${best.pod} ${best.notRunning}`)
}

/** Only GET goes this way. What would stand in an Authorization header goes by port-forward alone: the API server takes it for its own. */
export function wayToPod(
  api: ApiServerConnection,
  {namespace, pod, web}: CentralPod,
  credentials: CentralCredentials,
  transport: TransportChoice,
): CentralWay {
  const headers = credentialHeaders({...credentials, basic: null})
  const isAuthorized = Object.keys(headers).some(name => name.toLowerCase() === 'authorization')
  const connection: AgentConnection = connectAgent(
    api,
    {namespace, pod, port: web.port, scheme: web.scheme, credentials: credentials.basic},
    isAuthorized ? 'port-forward' : transport,
  )
  return {
    name: `${api.contextName}/${namespace}/${pod}`,
    isPod: true,
    get: (path, options) =>
      connection.get(`${web.routePrefix}${path}`, {...options, headers: {...options.headers, ...headers}}),
    postForm: null,
    credentials: () => [...secretsOf(credentials), ...api.logins.secrets()],
    close: () => api.close(),
  }
}
