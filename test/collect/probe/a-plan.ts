/** A plan to try one URL, as agents with ordinary settings write to it. */
import {type ProbePlan, planProbes} from '../../../src/collect/probe/plan.ts'
import {NO_CREDENTIALS, type RemoteCredentials} from '../../../src/collect/probe/remote.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aFleet, anAgent} from '../../builders/evidence.ts'

export function aPlan(url: string, remoteWriteYaml = '', remote: RemoteCredentials = NO_CREDENTIALS): ProbePlan {
  const facts = readFacts(aFleet({agents: [anAgent({queues: [{url}], remoteWriteYaml})]}))
  const [plan] = planProbes(facts, remote, []).plans
  if (!plan) throw new Error(`no plan for ${url}`)
  return plan
}
