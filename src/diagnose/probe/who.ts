/** Whose views they are, in sentences: an agent of several queues is one, and so is one that is seen by itself and from its pod. */
import {formatNumberOf} from '../../units.ts'
import type {ProbeView} from './endpoint-probe.ts'

/** Without a pod of which a container is named: an ephemeral container tries the way of every agent in its pod. */
export function placesOf(views: readonly ProbeView[]): string[] {
  const places = [...new Set(views.map(({place}) => place))]
  return places.filter(place => !places.some(other => other.startsWith(`${place}/`)))
}

/** "cluster2 monitoring/agent-0", "2 agents". */
export function whoFails(fails: readonly ProbeView[]): string {
  const places = placesOf(fails)
  const [only] = places
  return places.length === 1 && only !== undefined ? only : formatNumberOf(places.length, 'agent')
}

export function whoDelivers(works: readonly ProbeView[]): string {
  const {length} = placesOf(works)
  return length === 1 ? 'the agent delivers' : `${formatNumberOf(length, 'agent')} deliver`
}

/** Agents of which no queue fails at the same address. */
function othersOf(works: readonly ProbeView[], fails: readonly ProbeView[]): string[] {
  const failing = placesOf(fails)
  return placesOf(works).filter(place => !failing.includes(place))
}

/** ", while 2 other agents deliver to the same address"; '' where nothing does. */
export function whileOthersDeliver(works: readonly ProbeView[], fails: readonly ProbeView[]): string {
  if (works.length === 0) return ''
  const {length} = othersOf(works, fails)
  if (length > 0)
    return `, while ${formatNumberOf(length, 'other agent')} ${length === 1 ? 'delivers' : 'deliver'} to the same address`
  const whose = placesOf(fails).length === 1 ? 'its' : 'their'
  return works.length === 1
    ? `, while ${whose === 'its' ? 'its other queue' : 'another queue of theirs'} delivers to the same address`
    : `, while ${whose === 'its' ? 'its other queues' : 'other queues of theirs'} deliver to the same address`
}

/** `between`: what those agents may not have in common; queues of one agent share its network. */
export function whatCanDiffer(works: readonly ProbeView[], fails: readonly ProbeView[], between: string): string {
  return othersOf(works, fails).length > 0
    ? `What can differ between those agents: ${between}.`
    : 'What can differ between queues of one agent: what their remote_write entries say (proxy_url, tls_config, credentials, headers, write_relabel_configs), and the moment.'
}
