/** Why it is not known whether data is stored at a central that the user named. Pure. */
import type {FleetFacts} from '../facts/fleet.ts'
import {type RefusedContext, refusedCentral} from '../facts/refused/context.ts'

export interface StoredGaps {
  /** Why it is not known whether data is stored at a central that was named, each reason once; absent: it is, or none was. */
  storedUnknown?: string[]
  /** Rights that are missing to see a central that was named; absent: none. */
  refusedCentrals?: RefusedContext[]
}

export function storedGaps({centrals, agents}: Pick<FleetFacts, 'centrals' | 'agents'>): StoredGaps {
  const named = centrals.filter(({foundBy}) => foundBy !== 'endpoint')
  const unread = named.flatMap(({name, problem, isStarting}) =>
    problem === null ? (isStarting ? [`the central ${name} is still reading its WAL`] : []) : [problem.detail],
  )
  const unjudged = agents.flatMap(({queues}) =>
    queues.flatMap(({atCentral}) => {
      if (atCentral === null || !named.includes(atCentral.central) || atCentral.freshness !== 'unknown') return []
      return atCentral.unknownBecause ?? []
    }),
  )
  const reasons = [...new Set([...unread, ...unjudged])]
  const refused = named.flatMap(({name, problem}) => (problem === null ? [] : (refusedCentral(name, problem) ?? [])))
  return {
    ...(reasons.length > 0 && {storedUnknown: reasons}),
    ...(refused.length > 0 && {refusedCentrals: refused}),
  }
}
