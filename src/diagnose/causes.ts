/** From findings to causes: shared ones become the central's, consequences fold under them, and the rest is put in order. */
import type {Finding} from '../checks/check.ts'
import type {FleetFacts} from '../facts/fleet.ts'
import {type Candidate, toCandidates} from './candidate.ts'
import {joinAtCentral} from './central.ts'
import {nearestChange} from './changed.ts'
import {findCauses} from './explain.ts'
import {accessBehindErrors, byLead, type Lead, leadOf} from './lead.ts'
import type {FindingReport} from './report.ts'
import type {AgentDecision} from './state.ts'
import {admitNoReason} from './symptoms.ts'

/** `findings` in the order of the catalogue. Consequences stand right behind their cause, causes in the order of lead.ts. */
export function findingsInOrder(
  facts: FleetFacts,
  findings: readonly Finding[],
  decisions: readonly AgentDecision[],
): FindingReport[] {
  const candidates = joinAtCentral(toCandidates(findings, facts.agents), facts.endpoints)
  const causeOf = findCauses(candidates)
  const causes = candidates
    .filter(candidate => !causeOf.has(candidate))
    .map(candidate => {
      const folded = candidates.filter(other => causeOf.get(other) === candidate)
      return {candidate, folded, lead: leadOfAll([candidate, ...folded], decisions)}
    })
    .sort(byLead)
  return accessBehindErrors(causes).flatMap(({candidate, folded, lead}) => [
    reported(candidate, lead.group, folded, null),
    ...folded.map(consequence => reported(consequence, lead.group, [], candidate)),
  ])
}

/** A cause accounts for whatever its consequences account for. */
function leadOfAll(candidates: readonly Candidate[], decisions: readonly AgentDecision[]): Lead {
  const leads = candidates.map(candidate => leadOf(candidate, decisions))
  const [own = {group: 'rest', rank: 99}] = leads
  const states = leads.filter(({group}) => group === 'state')
  return states.length === 0 ? own : {group: 'state', rank: Math.min(...states.map(({rank}) => rank))}
}

function reported(
  candidate: Candidate,
  group: FindingReport['group'],
  folded: readonly Candidate[],
  cause: Candidate | null,
): FindingReport {
  const {key, agents} = candidate
  const finding = cause === null ? admitNoReason(candidate) : candidate.finding
  const {id, severity, status, blame, scope, title, since, evidence, why, remedy} = finding
  const changed = since === undefined ? null : nearestChange(since, agents)
  return {
    key,
    id,
    severity,
    status,
    cause: cause === null && status === 'found',
    group,
    blame,
    scope,
    agents: agents.map(agent => agent.key),
    title,
    ...(since !== undefined && {since}),
    ...(changed && {changed}),
    evidence,
    why,
    remedy,
    explains: folded.map(other => other.key),
    ...(cause && {explainedBy: cause.key}),
  }
}
