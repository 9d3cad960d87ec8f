/** Whether an agent has an identity label: the check labels/missing and the table of `promfleet labels` both go by this. Pure. */
import type {AgentFacts} from '../types.ts'
import type {Claim} from './collisions.ts'
import {isRealValue} from './unreplaced-variable.ts'

/**
 * An external label has it (what rules then take away is labels/dropped), or the rules of every remote_write entry set it for every
 * series. An agent that sends nothing needs none. Null: its configuration is not known. `claims`: those of the fleet.
 */
export function hasIdentity(
  agent: AgentFacts,
  claims: readonly Claim[],
  identityLabels: readonly string[],
): boolean | null {
  const {externalLabels, config, queues} = agent
  if (externalLabels === null) return null
  if (identityLabels.some(label => isRealValue(externalLabels[label]))) return true
  const writes = config?.remoteWrites ?? []
  if (writes.length === 0) return queues.length === 0
  const own = claims.filter(claim => claim.agent === agent)
  // An entry whose rules or address cannot be read makes no claim.
  return own.length === writes.length && identityLabels.some(label => own.every(({sent}) => isRealValue(sent[label])))
}
