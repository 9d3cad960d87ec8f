/** Whether an agent has an identity label: the check labels/missing and the table of `promfleet labels` both go by this. Pure. */
import type {FleetFacts} from '../fleet.ts'
import type {AgentFacts} from '../types.ts'
import {isRealValue} from './unreplaced-variable.ts'

/**
 * An external label has it (what rules then take away is labels/dropped), or the rules of every remote_write entry set it for every
 * series. An agent that sends nothing needs none. Null: its configuration is not known, or a rule that may decide cannot be read.
 */
export function hasIdentity(
  agent: AgentFacts,
  {sent}: Pick<FleetFacts, 'sent'>,
  identityLabels: readonly string[],
): boolean | null {
  const {externalLabels, queues} = agent
  if (externalLabels === null) return null
  if (identityLabels.some(label => isRealValue(externalLabels[label]))) return true
  const entries = sent.get(agent)?.entries ?? []
  if (entries.length === 0) return queues.length === 0
  const read = entries.flatMap(entry => entry.sent ?? [])
  if (!identityLabels.some(label => read.every(({ofAll}) => isRealValue(ofAll[label])))) return false
  return read.length === entries.length ? true : null
}
