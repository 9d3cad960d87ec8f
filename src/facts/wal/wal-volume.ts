/** Where the WAL lies: on which of the pod's volumes, and how much room that has. */
import type {AgentEvidence, ClaimEvidence, VolumeEvidence} from '../../evidence/types.ts'
import {ownContainer} from '../process/process.ts'
import {volumeHolding} from './volumes.ts'

/** The working directory of the official image, from which relative paths start; the agent's own default is data-agent/. */
const IMAGE_DIRECTORY = '/prometheus/'

/** `none`: on the container's own layer, gone with the container. Null when the pod, or where the WAL is, is not known. */
export function walVolume(evidence: AgentEvidence): VolumeEvidence | 'none' | null {
  const {podStatus} = evidence
  if (podStatus === null) return null
  const path = walDirectory(evidence)
  if (path === null) return null
  return volumeHolding(podStatus, path) ?? 'none'
}

/** The claim that the WAL lies on; null without one, or when it was not read. */
export function walClaim(evidence: AgentEvidence): ClaimEvidence | null {
  const volume = walVolume(evidence)
  if (volume === null || volume === 'none' || volume.kind !== 'claim' || !evidence.claims.ok) return null
  return evidence.claims.value.find(({name}) => name === volume.claim) ?? null
}

/** Null without a claim, or when its size is not known. */
export function walCapacityBytes(evidence: AgentEvidence): number | null {
  return walClaim(evidence)?.capacityBytes ?? null
}

/** By the flags that are in force, else by the arguments; an agent with neither writes to its default directory. */
function walDirectory(evidence: AgentEvidence): string | null {
  const {flags} = evidence
  const args = ownContainer(evidence)?.args ?? []
  const argument = args.flatMap(arg => /^--?storage\.(?:agent|tsdb)\.path=(.+)$/.exec(arg)?.[1] ?? [])[0]
  const isServer = evidence.ready.ok && evidence.ready.value.text.startsWith('Prometheus Server')
  const flag = flags.ok ? flags.value[isServer ? 'storage.tsdb.path' : 'storage.agent.path'] : undefined
  const path = flag ?? argument ?? (flags.ok ? 'data-agent/' : null)
  if (path === null) return null
  return path.startsWith('/') ? path : `${IMAGE_DIRECTORY}${path}`
}
