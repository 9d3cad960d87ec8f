/** Where the end-to-end tests run, from the environment; CONTRIBUTING.md has the variables. */
import type {Version} from '../scenarios/scenario.ts'
import {Cluster} from './cluster.ts'
import {Fleet} from './fleet.ts'
import {OwnPods} from './own-pods.ts'

const {env} = process

/** Why the tests are skipped; null when they run. */
export const skipped: string | null = env.PROMFLEET_E2E
  ? null
  : 'end-to-end tests are skipped: PROMFLEET_E2E is not set (it says that KUBECONFIG has clusters to run them in)'

export const centralContext = env.PROMFLEET_E2E_CENTRAL || 'cluster1'
/** Of the agents' cluster, as somebody who may do everything in it. */
export const agentContext = env.PROMFLEET_E2E_AGENTS || 'cluster2'
/** The same cluster as a user without any rights, and the user's name there. */
export const viewer = {
  context: env.PROMFLEET_E2E_VIEWER || `${agentContext}-viewer`,
  user: env.PROMFLEET_E2E_VIEWER_USER || 'viewer',
}
const image = env.PROMFLEET_E2E_IMAGE || 'docker.io/lab/prometheus:%s'

export interface Surroundings {
  centrals: Cluster
  agents: Cluster
  fleet: Fleet
  /** A namespace `promfleet-e2e-NAME-...` in both clusters; gone when all stops. */
  ownPods(name: string): Promise<OwnPods>
  stop(): Promise<void>
}

export async function connect(): Promise<Surroundings> {
  const [centrals, agents] = await Promise.all([Cluster.connect(centralContext), Cluster.connect(agentContext)])
  const imageOf = (version: Version) => image.replace('%s', version)
  const fleet = new Fleet({centrals, agents, image: imageOf})
  const others: OwnPods[] = []
  return {
    centrals,
    agents,
    fleet,
    async ownPods(name) {
      const pods = new OwnPods(`promfleet-e2e-${name}-${fleet.run}`, fleet.run, [centrals, agents], imageOf)
      others.push(pods)
      await pods.createNamespaces()
      return pods
    },
    async stop() {
      const stopped = await Promise.allSettled([fleet.stop(), ...others.map(own => own.stop())])
      const closed = await Promise.allSettled([centrals.close(), agents.close()])
      const errors = [...stopped, ...closed].flatMap(end => (end.status === 'rejected' ? [end.reason] : []))
      if (errors.length > 0) throw new AggregateError(errors, `not all could be ended: ${errors.join('; ')}`)
    },
  }
}
