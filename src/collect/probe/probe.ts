/** Tries the ways to the receivers that agents write to, from every place that was asked for. Each failure is evidence. */
import {setMaxListeners} from 'node:events'
import pLimit from 'p-limit'
import {UserError} from '../../errors.ts'
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {ProbeEvidence} from '../../evidence/probe.ts'
import {isLocalhost, placeOfHost, withoutUserInfo} from '../../facts/config/remote-write-url.ts'
import {readFacts} from '../../facts/facts.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {nearestFirst} from '../../nearest.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import type {QueryApi} from '../central/query-api.ts'
import {keepText} from '../redact.ts'
import {addEphemeralContainer, CONTAINER_SECONDS} from './ephemeral.ts'
import type {Container} from './exec-stream.ts'
import {HERE} from './here.ts'
import {readNetworkPolicies} from './network-policies.ts'
import {type ProbePlan, planProbes} from './plan.ts'
import {openPodVantage} from './pod.ts'
import {endShell} from './pod-programs.ts'
import {proxyAddress} from './proxy.ts'
import type {RemoteCredentials} from './remote.ts'
import {asProbeError, ProbeError} from './step.ts'
import {skippedWay, tryWay} from './way.ts'

export interface ProbeOptions {
  fromHere: boolean
  /** From the pods of the agents, too: runs a program there. */
  fromPod: boolean
  /** From an ephemeral container of this image instead of the agent's own container. */
  image: string | null
  remote: RemoteCredentials
  /** Addresses, hosts or host:port; empty: every endpoint. */
  only: readonly string[]
  /** The central to read a written sample back from; null: none is written. */
  canary: QueryApi | null
  /** What will be done that a look does not do; said before it is done. */
  announce(line: string): void
  /** Ends what is under way: the user's own stop, or the end of the run's time. */
  signal: AbortSignal
}

const WAYS_AT_ONCE = 8
const PROGRAMS_AT_ONCE = 6
/** A program in the pod of each agent of a fleet would be a fleet of programs. */
const MOST_PODS = 20

export async function probeReceivers(
  apis: readonly ApiServerConnection[],
  evidence: FleetEvidence,
  options: ProbeOptions,
): Promise<Pick<FleetEvidence, 'probes' | 'canaries' | 'networkPolicies'>> {
  const facts = readFacts(evidence)
  const {plans, left, unnamed} = planProbes(facts, options.remote, options.only)
  setMaxListeners(0, options.signal)
  refuseUnnamed(unnamed, facts.agents, options)
  if (left > 0) options.announce(`${left} more endpoints are left out: choose with --remote-url or --agent`)
  if (plans.some(({settings}) => settings.given.withheld)) {
    options.announce(
      'credentials are not sent: agents write to several hosts. Say with --remote-url which one they are for',
    )
  }
  const limit = pLimit(WAYS_AT_ONCE)
  const here = options.fromHere ? plans.map(plan => limit(() => fromHere(plan, options))) : []
  const pods = options.fromPod ? fromPods(apis, evidence, plans, options) : []
  const policies = readPolicies(apis, facts.agents, options.signal)
  const probes = await Promise.all([...here, ...(await pods)])
  const canaries = options.canary === null ? null : await writeCanaries(plans, options.canary, options)
  return {probes: probes.flat(), ...(canaries !== null && {canaries}), networkPolicies: await policies}
}

/**
 * An endpoint that was named and is not there is a mistake, as a name that kubectl does not find. Where not every agent could be read,
 * one of these may be who writes there: then it is said, and no more.
 */
function refuseUnnamed(unnamed: readonly string[], agents: readonly AgentFacts[], {announce}: ProbeOptions): void {
  const [first] = unnamed
  if (first === undefined) return
  const addresses = [
    ...new Set(
      agents.flatMap(({config, queues}) => [
        ...(config?.remoteWrites ?? []).flatMap(({endpoint}) => endpoint?.address ?? []),
        ...queues.flatMap(({endpoint}) => endpoint?.address ?? []),
      ]),
    ),
  ]
  const isAllRead = agents.every(({config, metrics}) => config !== null || metrics !== null)
  if (addresses.length === 0 || !isAllRead) {
    for (const name of unnamed) announce(`no agent that could be read writes to ${name} (--remote-url)`)
    return
  }
  const near = nearestFirst(first, addresses).map(address => keepText(address, 300))
  const rest = near.length - MOST_NAMED
  throw new UserError(
    `no agent writes to ${keepText(withoutUserInfo(first), 300)} (--remote-url)`,
    `they write to ${near.slice(0, MOST_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
  )
}

const MOST_NAMED = 5

async function writeCanaries(plans: readonly ProbePlan[], central: QueryApi, options: ProbeOptions) {
  const {MOST_CANARIES, sendCanaries, skippedCanaries} = await import('./canary.ts') // the protobuf library comes with it
  const reachable = plans.filter(plan => whyNotFromHere(plan) === null)
  const writes = reachable.reduce((total, {agents}) => total + agents.length, 0)
  const whose = writes > MOST_CANARIES ? `${MOST_CANARIES} of ${writes} agents, with their` : 'each agent, with its'
  if (writes > 0)
    options.announce(
      `writes one sample of promfleet_canary for ${whose} external labels, and reads it back from ${central.name}`,
    )
  return [
    ...(await sendCanaries(reachable, options.remote, central, options.signal)),
    ...plans.flatMap(plan => {
      const why = whyNotFromHere(plan)
      return why === null ? [] : skippedCanaries(plan, central, why)
    }),
  ]
}

function fromHere(plan: ProbePlan, {remote, signal}: ProbeOptions): Promise<ProbeEvidence> | ProbeEvidence {
  const why = whyNotFromHere(plan)
  return why === null
    ? tryWay(plan, HERE, remote, signal)
    : skippedWay(plan, HERE.place, `${why}, and no fault that it cannot be tried here: --from-pod tries it there`)
}

/** What is dialled is the receiver, or the proxy, which then resolves the receiver's name; null: it can be tried from here. */
function whyNotFromHere({endpoint, settings}: ProbePlan): string | null {
  const proxy = proxyAddress(settings)
  const {host} = proxy ?? endpoint
  const what = proxy === null ? host : `its proxy ${host}`
  if (isLocalhost(host)) return `${what} is the agent's own pod`
  return placeOfHost(host) === 'cluster' ? `${what} is a name that only the cluster's own DNS knows` : null
}

async function fromPods(
  apis: readonly ApiServerConnection[],
  evidence: FleetEvidence,
  plans: readonly ProbePlan[],
  options: ProbeOptions,
): Promise<Promise<ProbeEvidence[]>[]> {
  const agents = [...new Set(plans.flatMap(plan => plan.agents))].filter(({pod}) => pod !== '')
  const tried = agents.slice(0, MOST_PODS)
  if (tried.length === 0) return []
  const names = tried.map(({context, namespace, pod}) => `${context} ${namespace}/${pod}`)
  options.announce(
    options.image === null
      ? `runs nc, writes nothing, and ends it again, in ${names.join(', ')}`
      : `adds an ephemeral container of image ${options.image} (it ends within ${CONTAINER_SECONDS} s; its entry stays listed until the pod is deleted) to ${names.join(', ')}`,
  )
  if (agents.length > tried.length)
    options.announce(`${agents.length - tried.length} more pods are left out: choose with --agent`)
  const limit = pLimit(WAYS_AT_ONCE)
  return tried.map(agent => limit(() => fromPod(apis, evidence, agent, plans, options)))
}

async function fromPod(
  apis: readonly ApiServerConnection[],
  evidence: FleetEvidence,
  agent: AgentFacts,
  plans: readonly ProbePlan[],
  {image, remote, signal, announce}: ProbeOptions,
): Promise<ProbeEvidence[]> {
  const {context, namespace, pod} = agent
  const own = {namespace, pod, container: agent.evidence.container}
  const mine = plans.filter(plan => plan.agents.includes(agent)).map(plan => ({...plan, agents: [agent]}))
  const by = image === null ? 'exec' : 'ephemeral-container'
  const skipAll = (why: string) => mine.map(plan => skippedWay(plan, {kind: 'pod', context, ...own, by}, why))
  const api = apis.find(({contextName}) => contextName === context)
  if (api === undefined) return skipAll(`context ${context} is not open`)
  if (api.usesKubectl) return skipAll('programs in pods are not run through kubectl (--transport kubectl)')
  const version = evidence.contexts.find(({name}) => name === context)?.serverVersion
  try {
    const container =
      image === null ? own : await addEphemeralContainer(api, version?.ok ? version.value : null, own, image, signal)
    try {
      const vantage = await openPodVantage(api, container, by, signal).catch(asProbeError)
      if (vantage instanceof ProbeError) {
        if (vantage.code !== 'NO_TOOL' || image !== null) throw vantage
        announce(
          `runs promtool push metrics, with nothing to push, in ${context} ${namespace}/${pod}, which has no shell with nc`,
        )
        return await Promise.all(mine.map(plan => byPromtool(api, container, plan, signal)))
      }
      try {
        // A kubelet that is busy loses what programs say when many begin at once.
        const few = pLimit(PROGRAMS_AT_ONCE)
        return await Promise.all(mine.map(plan => few(() => tryWay(plan, vantage, remote, signal))))
      } finally {
        await vantage.close()
      }
    } finally {
      if (image !== null) await endContainer(api, container)
    }
  } catch (error) {
    return skipAll(asProbeError(error).message)
  }
}

/** For want of a shell. */
async function byPromtool(
  api: ApiServerConnection,
  container: Container,
  plan: ProbePlan,
  signal: AbortSignal,
): Promise<ProbeEvidence> {
  const {tryByPromtool} = await import('./promtool.ts')
  return tryByPromtool(api, container, plan, signal).catch(error =>
    skippedWay(plan, {kind: 'pod', context: api.contextName, ...container, by: 'exec'}, asProbeError(error).message),
  )
}

/** Also after the run was stopped; a container that cannot be ended now ends by itself. */
async function endContainer(api: ApiServerConnection, container: Container): Promise<void> {
  await endShell(api, container)
}

async function readPolicies(
  apis: readonly ApiServerConnection[],
  agents: readonly AgentFacts[],
  signal: AbortSignal,
): Promise<FleetEvidence['networkPolicies']> {
  const places = new Map(agents.map(({context, namespace}) => [`${context}/${namespace}`, {context, namespace}]))
  const limit = pLimit(WAYS_AT_ONCE)
  const read = [...places.values()].map(({context, namespace}) =>
    limit(async () => {
      const api = apis.find(({contextName}) => contextName === context)
      return api === undefined
        ? []
        : [{context, namespace, policies: await readNetworkPolicies(api, namespace, signal)}]
    }),
  )
  return (await Promise.all(read)).flat()
}
