/** Why it is not known whether data is stored at a central that the user named; each reason once. Pure. */
import type {FleetFacts} from '../facts/types.ts'

export function storedUnknown({centrals, agents}: Pick<FleetFacts, 'centrals' | 'agents'>): string[] {
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
  return [...new Set([...unread, ...unjudged])]
}
