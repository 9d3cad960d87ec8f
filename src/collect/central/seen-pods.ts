/** What is kept of the pods of one context: who may be a central, and which addresses are taken. */
import {addressesOf, findCentralPods} from '../discovery/centrals.ts'
import type {IngressObject, PodObject, ServiceObject} from '../discovery/kubernetes-objects.ts'
import type {ContextPods} from './match.ts'
import type {PodOnlooker} from './pod.ts'

/** A cluster with more pods than this is seen in part, which proves less. */
const MOST_ADDRESSES = 200_000

export class SeenPods implements ContextPods, PodOnlooker {
  readonly context: string
  centrals: ContextPods['centrals'] = []
  readonly addresses = new Map<string, number>()
  readonly nodes = new Set<string>()
  isWhole = false
  services: ServiceObject[] = []
  ingresses: IngressObject[] = []

  constructor(context: string) {
    this.context = context
  }

  /** A list that began anew counts its pods twice: their addresses then prove nothing, which is rare and safe. */
  sawPod(pod: PodObject): void {
    if (pod.status?.hostIP) this.nodes.add(pod.status.hostIP)
    if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return
    if (this.addresses.size > MOST_ADDRESSES) return
    for (const address of addressesOf(pod)) this.addresses.set(address, (this.addresses.get(address) ?? 0) + 1)
  }

  podsListed(pods: PodObject[], isWhole: boolean): void {
    if (this.addresses.size === 0) for (const pod of pods) this.sawPod(pod)
    this.centrals = findCentralPods(pods)
    this.isWhole = isWhole && this.addresses.size <= MOST_ADDRESSES
  }
}
