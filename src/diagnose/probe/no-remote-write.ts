/** Agents that write to no address at all, so that there is no way of theirs to try: see the check config/no-remote-write. */
import type {AgentFacts} from '../../facts/types.ts'

/** Keys. Agents of which neither configuration nor metrics were read are not among them; nor are servers, which need no remote_write. */
export function agentsWithoutRemoteWrite(agents: readonly AgentFacts[]): string[] {
  return agents
    .filter(({signs}) => signs.some(sign => sign !== 'server'))
    .filter(({config, metrics}) => config !== null || metrics !== null)
    .filter(({config, queues}) => queues.length === 0 && (config?.remoteWrites.length ?? 0) === 0)
    .map(({key}) => key)
}
