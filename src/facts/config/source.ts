/** What holds the Prometheus configuration, by its name in Kubernetes. */
import type {AgentEvidence, VolumeEvidence} from '../../evidence/types.ts'
import {ownContainer} from '../process/process.ts'
import {volumeHolding} from '../wal/volumes.ts'

/**
 * The ConfigMap or Secret that --config.file lies in; null where it lies elsewhere, as on the volume that a reloader side car writes to, or
 * that is not known.
 */
export function configSource(evidence: AgentEvidence): NonNullable<VolumeEvidence['source']> | null {
  const {flags, podStatus} = evidence
  if (podStatus === null) return null
  const args = ownContainer(evidence)?.args ?? []
  const argument = args.flatMap((arg, index) => {
    const [, value] = /^--?config\.file(?:=(.+))?$/.exec(arg) ?? [undefined, null]
    return value === null ? [] : (value ?? args[index + 1] ?? [])
  })[0]
  const path = (flags.ok ? flags.value['config.file'] : undefined) ?? argument
  if (path === undefined || !path.startsWith('/')) return null
  return volumeHolding(podStatus, path)?.source ?? null
}
