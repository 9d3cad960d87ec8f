/** What a central's answers leave open: whoever belongs to the fleet and was not judged is told of, and is never green. Pure. */
import type {UnlabelledAgents} from '../../evidence/central-fleet.ts'
import type {CentralFleetFacts} from '../../facts/central/fleet.ts'
import {formatNumberOf} from '../../units.ts'

const MOST_NAMED = 3

/** What was answered and still leaves something open; null: nothing. */
export function gapsOf(facts: CentralFleetFacts): string | null {
  const gaps = [unreadGap(facts), ...notJudgedGaps(facts), unlabelledGap(facts)].filter(gap => gap !== null)
  return gaps.length === 0 ? null : gaps.join('; ')
}

function unreadGap({evidence, identities, missing, partial}: CentralFleetFacts): string | null {
  const [label = ''] = evidence.identityLabels
  if (identities.length === 0 && missing.length === 0)
    return `no series of the last hour carries the label ${label}: --identity-label names another`
  const [warning] = partial
  if (warning !== undefined) return `its answer is partial: ${warning}`
  const unread = [evidence.queues, evidence.indexed, evidence.widerLook].find(
    piece => !piece.ok && piece.reason !== 'not-applicable',
  )
  return unread === undefined || unread.ok ? null : `not all could be read: ${unread.detail}`
}

function notJudgedGaps({evidence, notJudged, identities}: CentralFleetFacts): string[] {
  const {unnamedExpected = 0, identityLabels} = evidence
  const [label = ''] = identityLabels
  const gaps: string[] = []
  if (unnamedExpected > 0)
    gaps.push(
      `not judged: ${formatNumberOf(unnamedExpected, 'expected agent')} that the fleet file does not name by labels (labels: {${label}: …})`,
    )
  if (notJudged.length === 0) return gaps
  const seen = new Set([...identityLabels, ...identities.flatMap(({labels}) => Object.keys(labels))])
  const unseen = [...new Set(notJudged.flatMap(labels => Object.keys(labels)))].filter(name => !seen.has(name))
  const names = unseen.length === 0 ? '' : `: ${unseen.join(', ')}`
  gaps.push(
    `not judged: ${formatNumberOf(notJudged.length, 'expected agent')} by labels that are not seen here${names} (--identity-label)`,
  )
  return gaps
}

function unlabelledGap({evidence: {withoutIdentity = [], identityLabels}}: CentralFleetFacts): string | null {
  if (withoutIdentity.length === 0) return null
  const agents = withoutIdentity.reduce((sum, each) => sum + each.agents, 0)
  const labelled = withoutIdentity.filter(({labels}) => Object.keys(labels).length > 0)
  const bare = withoutIdentity.find(({labels}) => Object.keys(labels).length === 0)
  const rest = labelled.length - MOST_NAMED
  const named = labelled.slice(0, MOST_NAMED).map(asSelector).join(', ')
  const whose = [
    ...(labelled.length === 0 ? [] : [`${named}${rest > 0 ? ` and ${rest} more` : ''}`]),
    ...(bare === undefined ? [] : [`${bare.agents} with no external label, unless the central itself scrapes it`]),
  ].join('; ')
  return `${formatNumberOf(agents, 'agent')} without ${identityLabels.join(', ')}: ${whose}: set external_labels there`
}

/** As PromQL writes labels. */
function asSelector({labels}: UnlabelledAgents): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `{${pairs.join(',')}}`
}
