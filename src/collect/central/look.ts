/**
 * The centrals of one take: the one that the user named, and those that the agents' own URLs lead to in the contexts at hand. It
 * goes on beside the agents, while a take waits for its second scrape; what it does not manage by then is a failure, and of a central
 * that nobody named no more than a line.
 */
import type {CentralEvidence, CentralSearch} from '../../evidence/central.ts'
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {ContextEvidence, Failure, TransportChoice} from '../../evidence/types.ts'
import {identityKey} from '../../facts/central/identity.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {failure} from '../collected.ts'
import type {CentralPod} from '../discovery/centrals.ts'
import type {GivenImpersonation} from '../kubeconfig/kubeconfig.ts'
import {type CentralAccess, nameOf} from './access.ts'
import {endpointsAt, endpointsOf, listWays, matchedPods} from './find.ts'
import type {DaysAsked} from './identities.ts'
import {matchSender} from './match.ts'
import {openNamed} from './open-central.ts'
import {type PodOnlooker, wayToPod} from './pod.ts'
import {openQueryApi} from './prometheus-api.ts'
import {type CentralToRead, readCentral} from './read.ts'
import {SeenPods} from './seen-pods.ts'
import {type Sender, sendersOf} from './senders.ts'

export interface CentralLookOptions {
  /** What --central-url or --central-context name; null: neither. */
  access: CentralAccess | null
  kubeconfig: string | null
  impersonate: GivenImpersonation
  transport: TransportChoice
  signal: AbortSignal
  /** Of contexts that are looked at again and again; left out: this take tells by `of` what it sees of the pods. */
  again?: LookAgainOptions
}

export interface LookAgainOptions {
  /** What earlier looks saw of each context's pods. */
  seen: readonly SeenPods[]
  /** Why the one that was named is not read, until it is. */
  unread: string
  daysAsked: DaysAsked
}

/** What a take tells of one of its contexts. */
export interface CentralOnlooker extends PodOnlooker {
  /** The configurations of its agents have been read, or never will be. */
  isConfigured(): void
}

export interface CentralLook {
  /** What the one that the user named is called; null: none was named. */
  named: string | null
  /** By the context's place among `contexts`. */
  of(index: number): CentralOnlooker
  /** Resolves when all has been read, or a little while after this was called. Rejects with UserError as openCentral does. */
  end(): Promise<void>
  /** What is known by now. */
  found(): Pick<FleetEvidence, 'centrals' | 'centralSearch'>
}

/** Most fleets have one central, some a second one beside it. */
const MOST_FOUND = 3
/** How much longer than everything else it may take. A central that the user named is worth waiting for. */
const EXTRA_SECONDS = 2
const EXTRA_SECONDS_WHEN_NAMED = 12
const NO_CREDENTIALS = {headers: {}, basic: null, token: null}

/** `contexts` fill up while the take goes on. */
export function lookForCentrals(
  contexts: readonly ContextEvidence[],
  apis: readonly ApiServerConnection[],
  {signal: ofTake, ...options}: CentralLookOptions,
): CentralLook {
  const seen = options.again?.seen ?? apis.map(({contextName}) => new SeenPods(contextName))
  const stop = new AbortController()
  const signal = AbortSignal.any([ofTake, stop.signal])
  const waiting = new Set(seen.keys())
  let begin = () => {}
  const begun = new Promise<void>(resolve => {
    begin = resolve
  })
  const {access} = options
  const centrals: CentralEvidence[] = []
  const search: CentralSearch[] = []
  if (access !== null)
    centrals.push(unreadCentral(access, options.again?.unread ?? 'the central had not been read when the run ended'))

  const around: Surroundings = {...options, signal, seen, apis, centrals, search}
  const work = begun.then(async () => {
    // Most clusters hold agents only; their configurations are then not read a second time.
    if (access === null && seen.every(pods => pods.centrals.length === 0)) return
    const senders = contexts.flatMap(({name, agents}) => agents.flatMap(agent => sendersOf(name, agent)))
    const [named] = await Promise.all([
      access === null ? null : readNamed(access, senders, around),
      readFound(senders, around),
    ])
    if (named === null) return
    const others = centrals.slice(1).filter(({place}) => !isSamePlace(place, named.place))
    centrals.splice(0, centrals.length, named, ...others)
  })
  work.catch(() => undefined) // whoever waits for the end is told

  return {
    named: access === null ? null : nameOf(access),
    of(index) {
      const pods = seen[index]
      return {
        sawPod: pod => pods?.sawPod(pod),
        podsListed: (listed, isWhole) => pods?.podsListed(listed, isWhole),
        isConfigured() {
          waiting.delete(index)
          if (waiting.size === 0) begin()
        },
      }
    },
    async end() {
      begin()
      const seconds = access === null ? EXTRA_SECONDS : EXTRA_SECONDS_WHEN_NAMED
      const timeUp = new DOMException('the time for the central', 'TimeoutError')
      const timer = setTimeout(() => stop.abort(timeUp), seconds * 1000)
      try {
        await work
      } finally {
        clearTimeout(timer)
      }
    },
    found: () => ({
      ...(centrals.length > 0 && {centrals: structuredClone(centrals)}),
      ...(search.length > 0 && {centralSearch: structuredClone(search)}),
    }),
  }
}

interface Surroundings extends CentralLookOptions {
  seen: readonly SeenPods[]
  apis: readonly ApiServerConnection[]
  /** Filled as they come. */
  centrals: CentralEvidence[]
  search: CentralSearch[]
}

async function readNamed(
  access: CentralAccess,
  senders: readonly Sender[],
  around: Surroundings,
): Promise<CentralEvidence> {
  const {seen, signal} = around
  const ofCentral = new SeenPods(access.kind === 'pod' ? access.context : '')
  const {queryApi, found} = await openNamed(access, around, ofCentral)
  try {
    const central: CentralToRead = {
      name: queryApi.name,
      foundBy: access.kind === 'url' ? 'url' : 'context',
      place: found === null ? null : placeOf(found.api.contextName, found.pod),
      endpoints: access.kind === 'url' ? endpointsAt(access.url, senders) : [],
    }
    if (found !== null) {
      const context = found.api.contextName
      await listWays(ofCentral, found.api, signal)
      const others = seen.filter(pods => pods.context !== context)
      central.endpoints = endpointsOf({context, pod: found.pod}, senders, [...others, ofCentral])
    }
    return await readCentral(queryApi, central, identitiesOf(senders), signal, around.again?.daysAsked)
  } finally {
    queryApi.close()
  }
}

/** Nothing is asked of contexts in which no pod may be a central. */
async function readFound(senders: readonly Sender[], around: Surroundings): Promise<void> {
  const {seen, apis, signal, transport, centrals, search, again} = around
  const candidates = seen.filter(pods => pods.centrals.length > 0)
  if (candidates.length === 0) return
  const apiOf = (context: string) => apis.find(({contextName}) => contextName === context)
  if (senders.some(sender => matchSender(sender, seen) === null))
    await Promise.all(
      candidates.map(async pods => {
        const api = apiOf(pods.context)
        if (api !== undefined) search.push(await listWays(pods, api, signal))
      }),
    )
  await Promise.all(
    matchedPods(senders, seen)
      .slice(0, MOST_FOUND)
      .map(async match => {
        const api = apiOf(match.context)
        if (api === undefined) return
        const endpoints = endpointsOf(match, senders, seen)
        const writers = senders.filter(({endpoint}) => endpoints.some(({address}) => address === endpoint.address))
        const queryApi = openQueryApi(wayToPod(api, match.pod, NO_CREDENTIALS, transport)) // the take closes its API server
        const place = placeOf(match.context, match.pod)
        const central = {name: queryApi.name, foundBy: 'endpoint', place, endpoints} as const
        centrals.push(await readCentral(queryApi, central, identitiesOf(writers), signal, again?.daysAsked))
      }),
  )
}

function identitiesOf(senders: readonly Sender[]): Record<string, string>[] {
  const all = senders.flatMap(({identities}) => identities.map(labels => [identityKey(labels), labels] as const))
  return [...new Map(all).values()]
}

/** Stands for the one that was named until it has been read. */
function unreadCentral(access: CentralAccess, detail: string): CentralEvidence {
  const unread: Failure = failure('timeout', detail)
  return {
    name: nameOf(access),
    foundBy: access.kind === 'url' ? 'url' : 'context',
    place: null,
    endpoints: [],
    clockSkewSeconds: null,
    identities: [],
    ready: unread,
    buildInfo: unread,
    flags: unread,
    config: unread,
    scrapes: [unread],
  }
}

function placeOf(context: string, {namespace, pod, container, node}: CentralPod): CentralEvidence['place'] {
  return {context, namespace, pod, container, node: node?.name ?? null}
}

function isSamePlace(a: CentralEvidence['place'], b: CentralEvidence['place']): boolean {
  return a !== null && b !== null && a.context === b.context && a.namespace === b.namespace && a.pod === b.pod
}
