/** What the API server keeps about one agent beside its pod: events and volume claims. */
import type {AgentEvidence, Collected} from '../../evidence/types.ts'
import {collected, notApplicable} from '../collected.ts'
import type {DiscoveredAgent} from '../discovery/discover.ts'
import type {ClaimObject, EventObject} from '../discovery/kubernetes-objects.ts'
import {listAll} from '../discovery/pods.ts'
import {claimEvidence, eventEvidence, whyNotRunning} from '../discovery/workload.ts'
import type {AgentSurroundings} from './surroundings.ts'

export async function readObjects(
  found: DiscoveredAgent,
  evidence: AgentEvidence,
  around: AgentSurroundings,
): Promise<void> {
  const claims = [...new Set((evidence.podStatus?.volumes ?? []).flatMap(({claim}) => claim ?? []))]
  const isTroubled = found.pod === null || whyNotRunning(found.pod, found.container) !== null
  // A running pod's workload and claims have nothing to add.
  const objects = [evidence.pod, ...(isTroubled ? [found.workload?.name ?? '', ...claims] : [])].filter(
    name => name !== '',
  )
  const [events, volumes] = await Promise.all([
    all(objects.map(name => listByName<EventObject>(around, found.namespace, 'events', `involvedObject.name=${name}`))),
    all(
      claims.map(name =>
        listByName<ClaimObject>(around, found.namespace, 'persistentvolumeclaims', `metadata.name=${name}`),
      ),
    ),
  ])
  // An earlier pod of the same name may have left events; they are kept for an hour.
  const isOfAnotherPod = ({involvedObject}: EventObject) =>
    involvedObject?.kind === 'Pod' &&
    involvedObject.uid !== undefined &&
    involvedObject.uid !== found.pod?.metadata?.uid
  if (objects.length === 0) evidence.events = notApplicable('there is no pod, and no workload to have events')
  else
    evidence.events = events.ok
      ? {...events, value: eventEvidence(events.value.filter(event => !isOfAnotherPod(event)))}
      : events
  evidence.claims = volumes.ok ? {...volumes, value: volumes.value.map(claimEvidence)} : volumes
}

async function listByName<T>(
  {api, limitRequests, signal}: AgentSurroundings,
  namespace: string,
  resource: string,
  selector: string,
): Promise<Collected<T[]>> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}`
  const query = `&fieldSelector=${encodeURIComponent(selector)}`
  const listed = await limitRequests(() => listAll<T>(api, path, query, signal, () => true))
  return listed.ok ? {...listed, value: listed.value.kept} : listed
}

/** All the lists as one, or the first failure. */
async function all<T>(lists: Promise<Collected<T[]>>[]): Promise<Collected<T[]>> {
  const settled = await Promise.all(lists)
  const failed = settled.find(list => !list.ok)
  if (failed !== undefined) return failed
  return collected(settled.flatMap(list => (list.ok ? list.value : [])))
}
