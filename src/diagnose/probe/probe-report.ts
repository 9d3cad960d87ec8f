/** The ways to the receivers, layer by layer and from each place: what `promfleet probe` shows, and with `-o json` as it is. */
import type {ContextReport, Report, RunReport} from '../report.ts'
import type {StoredGaps} from '../stored-unknown.ts'
import type {EndpointProbe} from './endpoint-probe.ts'

export interface ProbeReport
  extends RunReport,
    StoredGaps,
    Pick<Report, 'central' | 'otherCentrals' | 'centralNotSeen'> {
  summary: {contexts: number; agents: number; endpoints: number; works: number; broken: number; unknown: number}
  contexts: ContextReport[]
  /** Broken ones first. */
  endpoints: EndpointProbe[]
  /** Keys of agents that write nowhere, so that there was nothing to try; absent: none, or none of which that is known. */
  noRemoteWrite?: string[]
  /** Agents that the fleet file expects and that are not there, a sentence each; absent: none. */
  expectedMissing?: string[]
}
