/** Goes over the contexts, agents or queues of a fleet and gathers what a check says of each; one place counts for all checks. */
import type {FleetFacts} from '../facts/fleet.ts'
import type {AgentFacts, ContextFacts, QueueFacts} from '../facts/types.ts'
import type {CheckResult, Draft, Scope} from './check.ts'
import {missingMetrics} from './missing.ts'
import {agentScope, contextScope, queueScope} from './scope.ts'

/** A finding's content, the scope being known already. */
export type Found = Omit<Draft, 'scope'>

/** What a check says of one scope; 'does-not-apply' is not counted as judged. */
export type Judgement = Found | 'holds' | 'does-not-apply' | {unknown: string}

export function judgeContexts(facts: FleetFacts, judge: (context: ContextFacts) => Judgement): CheckResult {
  return gather(facts.contexts.map(context => [contextScope(context), judge(context)]))
}

export function judgeAgents(facts: FleetFacts, judge: (agent: AgentFacts) => Judgement): CheckResult {
  return gather(facts.agents.map(agent => [agentScope(agent), judge(agent)]))
}

/** An agent without readable metrics is unknown as a whole: which queues it has is not known. */
export function judgeQueues(
  facts: FleetFacts,
  judge: (queue: QueueFacts, agent: AgentFacts) => Judgement,
): CheckResult {
  return gather(
    facts.agents.flatMap((agent): [Scope, Judgement][] =>
      agent.metrics === null
        ? [[agentScope(agent), {unknown: missingMetrics(agent)}]]
        : agent.queues.map(queue => [queueScope(agent, queue), judge(queue, agent)]),
    ),
  )
}

export function gather(judgements: [Scope, Judgement][]): CheckResult {
  const result: CheckResult = {findings: [], unknown: [], judged: 0}
  for (const [scope, judgement] of judgements) {
    if (judgement === 'does-not-apply') continue
    if (judgement === 'holds') result.judged += 1
    else if ('unknown' in judgement) result.unknown.push({scope, reason: judgement.unknown})
    else {
      result.judged += 1
      result.findings.push({scope, ...judgement})
    }
  }
  return result
}
