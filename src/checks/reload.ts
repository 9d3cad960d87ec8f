/** How an agent is made to read its configuration, where nothing beside it does that. */
import type {AgentFacts} from '../facts/types.ts'
import type {RemedyStep} from './check.ts'
import {kubectlFor, readThroughTunnel, settingsOf} from './kubectl.ts'

/** The step after an edit of its configuration; [] for the operator's agents and others with a reloader in their pod. */
export function reloadIt(agent: AgentFacts): RemedyStep[] {
  const {evidence} = agent
  const {container, flags, podStatus} = evidence
  if (podStatus === null || settingsOf(agent).operator) return []
  const hasReloader = podStatus.containers.some(
    ({name, image}) => name !== container && /reload/.test(`${name} ${image}`),
  )
  if (hasReloader) return []
  const isByWeb = flags.ok && flags.value['web.enable-lifecycle'] === 'true'
  return [
    {
      text: 'then reload it, once the pod has the edited file (a mounted ConfigMap or Secret takes up to 2 min)',
      command: isByWeb
        ? readThroughTunnel(agent, '/-/reload', '', ' -X POST')
        : kubectlFor(agent, 'exec', agent.pod, '-c', container, '--', 'kill', '-HUP', '1'),
      changes: true,
    },
  ]
}
