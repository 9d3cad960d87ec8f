/** One address that agents write to: the way there, layer by layer and from each place; part of the reports of probe and doctor. Holds types only. */
import type {EvidenceLine} from '../../checks/check.ts'
import type {Timestamp} from '../../evidence/types.ts'
import type {ErrorClass} from '../../facts/log/signatures/signature.ts'
import type {RefusedGiven} from '../../facts/probe/given.ts'
import type {LayerFacts, ProbeLayer} from '../../facts/probe/layers.ts'
import type {StoredReport} from '../stored-report.ts'

/** One address that agents write to, as seen from every place that was asked. */
export interface EndpointProbe {
  /** Without credentials and query. */
  address: string
  /** Keys of the agents that write there. */
  agents: string[]
  verdict: ProbeVerdict
  /** The agents' own first, then here, then pods. */
  views: ProbeView[]
  /** What the central holds of each agent, those in doubt first; absent: no central is known. Nothing is written for it. */
  stored?: StoredProof[]
  /** With --canary: one sample for each agent, written from here and read back. */
  canaries?: {
    agent: string
    central: string
    outcome: CanaryOutcome
    /** Until the receiver had answered; null: it was not written. */
    writeSeconds: number | null
    /** After that; null: it did not show. */
    visibleAfterSeconds: number | null
    /** Why it was not written, or could not be looked for, or did not show; null: it is stored. */
    problem: string | null
  }[]
  /** Of those that select an agent's pod; what they allow is not worked out. */
  networkPolicies: {agent: string; names: string[]; unread: string | null}[]
}

/** refused: the receiver said so. not-taken: no connection came about. unknown: it may be stored, which could not be seen. */
export type CanaryOutcome = 'stored' | 'refused' | 'not-taken' | 'not-written' | 'unknown'

/** What a central holds of one queue, beside what the queue has sent. */
export interface StoredProof extends Omit<StoredReport, 'holes'> {
  /** Key. */
  agent: string
  /** context namespace/pod. */
  place: string
  queue: string
  /** From which age on it is not fresh. */
  limitSeconds: number
  /** Others write under the same labels, too: what is seen may be theirs. */
  isShared: boolean
  /** Of the newest sample that the queue has sent, by the agent's own figures. */
  newestSentAt: Timestamp | null
  /** That newest sample was not taken: the receiver refuses what the queue sends. */
  isRefused: boolean
  /** As new a sample as the queue had sent is there, and nobody else's: whatever was refused, this was taken. */
  holdsNewestSent: boolean
  /** The queue has delivered now, and nothing fresh is stored: one of the two is wrong. */
  contradicts: boolean
}

export interface ProbeVerdict {
  outcome: 'works' | 'broken' | 'unknown'
  /** The first layer that fails, as the believed view has it; null: none, or not known which. */
  layer: ProbeLayer | null
  /** Where agents fail at different layers: each of these, the first first; null: one that is not visible. Absent: they do not. */
  layers?: (ProbeLayer | null)[]
  class: ErrorClass | null
  /** Whose word counts; null where there is none to go by. */
  believe: ProbeView['from'] | 'central' | null
  /** A sentence without its period. */
  title: string
  /** Why that view is believed, and what the others mean. */
  why: string
  /** What to do next, the likeliest first. */
  next: string[]
}

export interface ProbeView {
  /** agent: what the agent itself has measured; here: from where promfleet runs; pod: from the pod of an agent. */
  from: 'agent' | 'here' | 'pod'
  /** context namespace/pod; 'here'. */
  place: string
  outcome: 'works' | 'fails' | 'unknown' | 'not-tried'
  /** The first layer that fails or is not known. */
  layer: ProbeLayer | null
  class: ErrorClass | null
  /** What answered, or why nothing was tried. */
  says: string
  at: Timestamp | null
  seconds: number | null
  /** What was given for the probe (--remote-*) and refused, which tells nothing of the agent; absent: the failure is not about that. */
  refusedGiven?: RefusedGiven
  /** Set where the failure is an answer that an agent takes for success: its own figures then look healthy, and all is lost. */
  isTakenForSuccess?: true
  /** Of an agent's own view: whether batches were finished between two scrapes; absent: one scrape, which cannot tell. */
  finishes?: boolean
  /** As tried; empty for what was not, and for an agent's own view. */
  layers: LayerFacts[]
  /** What an agent has measured. */
  measured: EvidenceLine[]
  /** How this way differs from the agent's own. */
  notes: string[]
}
