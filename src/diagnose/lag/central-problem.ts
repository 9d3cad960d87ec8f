/** Whether a central that is watched for its fleet tells less than it did, so that what it does not tell of is not gone. Pure. */
import type {LagChange} from './changes.ts'
import type {LagReport} from './lag-report.ts'

export interface CentralProblem {
  /** Which central, and why; null: it tells what it always told, or agents are watched, not a central. */
  blindFor: {name: string; problem: string} | null
  changes: LagChange[]
}

/** What a central has left open from the first answer on is how it is. */
export function watchCentralProblem(): (report: LagReport) => CentralProblem {
  let usualProblem: string | null | undefined
  let wasBlindFor: CentralProblem['blindFor'] = null
  return ({seenFrom, contexts, rows, takenAt}) => {
    if (seenFrom !== 'central') return {blindFor: null, changes: []}
    const isOfCentral = (name: string) => rows.some(({of, context}) => of === 'context' && context === name)
    const central = contexts.find(({name, problem}) => problem !== undefined && isOfCentral(name))
    const problem = central?.problem ?? null
    const isAnswer = central === undefined || central.reachable
    const isBlind = usualProblem !== undefined && problem !== null && problem !== usualProblem
    if (!isBlind && isAnswer) usualProblem = problem
    const before = wasBlindFor
    const blindFor = isBlind && central !== undefined && problem !== null ? {name: central.name, problem} : null
    wasBlindFor = blindFor
    const told = (context: string, what: string) => [{at: takenAt, context, agent: null, queue: null, what}]
    if (blindFor !== null && before === null) {
      const less = isAnswer ? ' all that it is asked' : ''
      return {blindFor, changes: told(blindFor.name, `the central no longer answers${less}: ${blindFor.problem}`)}
    }
    if (blindFor === null && before !== null) return {blindFor, changes: told(before.name, 'the central answers again')}
    return {blindFor, changes: []}
  }
}
