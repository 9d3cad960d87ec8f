/** A whole take of the fleet, and the bundle that holds it on disk. Holds types only. */
import type {CentralEvidence, CentralSearch} from './central.ts'
import type {CentralFleetEvidence} from './central-fleet.ts'
import type {CanaryEvidence, NetworkPolicy, ProbeEvidence} from './probe.ts'
import type {Collected, CollectOptions, ContextEvidence, Timestamp} from './types.ts'

export interface FleetEvidence {
  schemaVersion: 1
  tool: {name: 'promfleet'; version: string}
  /** By our clock: the end of the take. */
  takenAt: Timestamp
  durationSeconds: number
  /** Whether the run ended by itself, at --timeout, or because the user stopped it. */
  ended: 'complete' | 'timeout' | 'interrupted'
  options: CollectOptions
  contexts: ContextEvidence[]
  /** Stores that agents write to, as far as the user named them or the agents' URLs led to them; absent: none, or not recorded. */
  centrals?: CentralEvidence[] | undefined
  /** Of the contexts in which a store was looked for by the agents' URLs: what could be listed there. Absent: nothing was looked for. */
  centralSearch?: CentralSearch[] | undefined
  /** What the central holds of every identity that it knows; absent: not asked for. */
  centralFleet?: CentralFleetEvidence | undefined
  /** Ways to the receivers that were tried; absent: none was, because nobody asked for it. */
  probes?: ProbeEvidence[] | undefined
  /** Samples that were written and looked for; absent: none was asked for. */
  canaries?: CanaryEvidence[] | undefined
  /** Of the agents' namespaces, read beside a probe; absent: not asked for. */
  networkPolicies?: {context: string; namespace: string; policies: Collected<NetworkPolicy[]>}[] | undefined
}

/** A take on disk: what was seen, and a list of it for people who decide whether to hand it on. */
export interface Bundle {
  manifest: BundleManifest
  evidence: FleetEvidence
}

export interface BundleManifest extends Pick<FleetEvidence, 'schemaVersion' | 'tool' | 'takenAt' | 'options'> {
  /** Kinds of evidence; `missing` counts the pieces that could not be read, `bytes` are those of the JSON text. */
  taken: {what: string; count: number; missing: number; bytes: number}[]
  /** Where values were replaced by `<secret>` or `xxxxx`, by promfleet or by Prometheus itself. */
  masked: {what: string; count: number}[]
}
