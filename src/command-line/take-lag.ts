/** What `promfleet lag` looks at: metrics of all, and the rest only of agents that these show in trouble or leave open. */

import type {CentralAccess} from '../collect/central/access.ts'
import {needsMore} from '../diagnose/lag/needs-more.ts'
import type {AgentEvidence} from '../evidence/types.ts'
import type {Thresholds} from '../facts/thresholds.ts'
import type {Reading} from './take-evidence.ts'

/** How far back the logs of agents in trouble are read. */
export const lagSinceSeconds = 3600

/** `central`: looked at beside the agents, whose configurations tell under which labels it stores them; null: not looked at. */
export function lagReading(thresholds: Thresholds, central: CentralAccess | null): Reading {
  const wantsMore = (agent: AgentEvidence) => needsMore(agent, thresholds)
  return central === null ? {pieces: ['metrics'], wantsMore} : {pieces: ['web'], wantsMore, central: {access: central}}
}
