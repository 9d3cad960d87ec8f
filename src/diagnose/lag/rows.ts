/** From facts to rows: one for each queue, and one for whatever has none, so that nothing goes missing silently. Pure. */
import type {LocalFleetFacts} from '../../facts/fleet.ts'
import {capacitySamples, unreadWalBytes} from '../../facts/queue/capacity.ts'
import {readLifeRates} from '../../facts/queue/life-rates.ts'
import {readNetworkUse} from '../../facts/queue/network-use.ts'
import {adviseOnSpeed} from '../../facts/queue/speed-advice.ts'
import {reportAgent, reportQueue} from '../agent-report.ts'
import type {ContextReport, FindingReport, QueueReport} from '../report.ts'
import {sinceOf} from '../since.ts'
import {type AgentDecision, decideAgentState, type QueueDecision} from '../state.ts'
import {lagBasisOf} from './basis.ts'
import type {LagRow} from './lag-report.ts'

/** What a row says that has no queue. */
export const NO_QUEUE = {
  queue: null,
  lagBasis: {metrics: [], clock: null, note: 'no queue was seen'},
  capacitySamples: null,
  unreadWalBytes: null,
  bytesPerSample: null,
  retriedBytesPerSecond: null,
  suggestion: null,
  central: null,
} satisfies Partial<LagRow>

/** In the order of the contexts and agents. A context that was read and has no agent has no row. */
export function lagRows(facts: LocalFleetFacts, contexts: readonly ContextReport[]): LagRow[] {
  const decisions = facts.agents.map(agent => decideAgentState(agent, facts.agents))
  const replicas = deliveringReplicas(decisions)
  const rows = decisions.flatMap(decision => agentRows(decision, replicas))
  const own = new Map<string, LagRow[]>(contexts.map(({name}) => [name, []]))
  for (const row of rows) own.get(row.context)?.push(row)
  return contexts.flatMap(context => {
    const seen = own.get(context.name) ?? []
    return context.problem === undefined ? seen : [...seen, contextRow(context, context.problem)]
  })
}

/** For an agent that the fleet file expects and that is not there, by its finding. */
export function missingAgentRow({scope}: Pick<FindingReport, 'scope'>): LagRow {
  const {context = '', namespace = '', agent: name = 'an agent'} = scope
  return {
    of: 'agent',
    key: `${context}/${namespace}/${name}`,
    context,
    namespace,
    name,
    pod: '',
    container: '',
    version: null,
    transport: null,
    state: 'silent',
    stateRow: 1,
    stateReason: 'expected by the fleet file, and not there',
    since: null,
    window: {from: null, to: null, scrapes: 0},
    ...NO_QUEUE,
  }
}

type Replicas = ReadonlyMap<string, string>

/** Pods of replicas by group and address, of queues that deliver: replicas scrape the same targets. */
function deliveringReplicas(decisions: readonly AgentDecision[]): Replicas {
  return new Map(
    decisions.flatMap(({agent, queues}) =>
      queues.flatMap(({queue, state}) =>
        state === 'delivering' && agent.group.kind === 'replicas' ? [[replicaKey(agent, queue), agent.pod]] : [],
      ),
    ),
  )
}

function replicaKey({group}: AgentDecision['agent'], {url}: QueueDecision['queue']): string {
  return `${group.key} ${url}`
}

function agentRows(decision: AgentDecision, replicas: Replicas): LagRow[] {
  const {key, context, namespace, pod, container, name, version, transport, window, since} = reportAgent(decision)
  const agent = {key, context, namespace, pod, container, name, version, transport}
  if (decision.queues.length > 0)
    return decision.queues.map(queue => queueRow({...agent, window}, decision, queue, replicas))
  const {state, row: stateRow, reason: stateReason} = decision
  return [{of: 'agent', ...agent, state, stateRow, stateReason, since, window, ...NO_QUEUE}]
}

type OfAgent = Pick<
  LagRow,
  'key' | 'context' | 'namespace' | 'pod' | 'container' | 'name' | 'version' | 'transport' | 'window'
>

function queueRow(
  {window, ...place}: OfAgent,
  {agent}: AgentDecision,
  decision: QueueDecision,
  replicas: Replicas,
): LagRow {
  const {queue, state, row, reason} = decision
  // Whether it is one of several slices instead, its configuration tells: see groups.ts of src/facts.
  const isReplica =
    agent.group.kind === 'replicas' && agent.config !== null && state !== 'delivering' && state !== 'unknown'
  const deliveringReplica = isReplica ? replicas.get(replicaKey(agent, queue)) : undefined
  const life = queue.interval === 'single-scrape' ? readLifeRates(agent, queue) : null
  return {
    of: 'queue',
    ...place,
    state,
    stateRow: row,
    stateReason: reason,
    since: sinceOf(agent, decision),
    window,
    queue: {...reportQueue(agent, decision), ...(life && meansOf(life))},
    lagBasis: lagBasisOf(agent, queue),
    capacitySamples: capacitySamples(agent, queue),
    unreadWalBytes: unreadWalBytes(agent, queue),
    ...readNetworkUse(agent, queue, life?.seconds ?? null),
    suggestion: adviseOnSpeed(agent, queue),
    ...(deliveringReplica !== undefined && {deliveringReplica}),
    central: centralPart(queue),
  }
}

/** Null: no central was asked, it could not be read, or the agent's series cannot be told apart there. */
function centralPart({atCentral}: QueueDecision['queue']): LagRow['central'] {
  if (atCentral === null || atCentral.identity === null || atCentral.freshness === 'unknown') return null
  const {identity, newestAt, ageSeconds} = atCentral
  return {identity, newestSampleAt: newestAt, ageSeconds}
}

/** One scrape has no window: all its rates are those since the start. */
function meansOf(life: ReturnType<typeof readLifeRates>): Partial<QueueReport> {
  const {deliveredPerSecond, offeredPerSecond, bytesPerSecond, failureRatio, retryRatio} = life
  return {deliveredPerSecond, offeredPerSecond, bytesPerSecond, failureRatio, retryRatio, ratesOver: 'process-life'}
}

export function contextRow({name}: ContextReport, problem: string): LagRow {
  return {
    of: 'context',
    key: name,
    context: name,
    namespace: '',
    pod: '',
    container: '',
    name: '',
    version: null,
    transport: null,
    state: 'unknown',
    stateRow: 2,
    stateReason: problem,
    since: null,
    window: {from: null, to: null, scrapes: 0},
    ...NO_QUEUE,
  }
}
