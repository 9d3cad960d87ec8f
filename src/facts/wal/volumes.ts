/** Which of a pod's volumes a path of the agent's container lies on. */
import type {PodEvidence, VolumeEvidence} from '../../evidence/types.ts'

/** The innermost of those mounted over the absolute path; null: it is on the container's own layer. */
export function volumeHolding({volumes}: PodEvidence, path: string): VolumeEvidence | null {
  const holds = volumes
    .filter(({mountPath}) => mountPath !== null && isBelow(path, mountPath))
    .sort((a, b) => (b.mountPath ?? '').length - (a.mountPath ?? '').length)
  return holds[0] ?? null
}

function isBelow(path: string, directory: string): boolean {
  const end = directory.endsWith('/') ? directory : `${directory}/`
  return `${path}/`.startsWith(end)
}
