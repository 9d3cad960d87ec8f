/** What changed when the trouble began: of a few minutes before it, the nearest change; an effect does not precede its cause. */
import type {Timestamp} from '../evidence/types.ts'
import type {AgentFacts} from '../facts/types.ts'
import {secondsOf} from '../units.ts'

const beforeSeconds = 5 * 60
/** Logs show a repeated message once a minute, so `since` may be that much early or late. */
const afterSeconds = 60

export function nearestChange(since: Timestamp, agents: readonly AgentFacts[]): {at: Timestamp; what: string} | null {
  const near = agents
    .flatMap(({changes}) => changes)
    .map(change => ({change, before: secondsOf(since) - secondsOf(change.at)}))
    .filter(({before}) => before <= beforeSeconds && before >= -afterSeconds)
    .sort((a, b) => Math.abs(a.before) - Math.abs(b.before))
  return near[0]?.change ?? null
}
