/** What reading one agent takes from the run around it: its API server, options, limits, and what earlier takes know. */
import type {AgentEvidence, WebEndpoint} from '../../evidence/types.ts'
import type {AgentConnection, ApiServer} from '../connections.ts'
import type {Limit} from '../patient-limit.ts'
import type {ContextProgress} from '../progress.ts'
import type {Piece} from './pieces.ts'

export interface KnownAgent {
  web: WebEndpoint | null
  walLines: string[] | null
}

export interface AgentSurroundings {
  api: ApiServer
  connect(web: WebEndpoint): AgentConnection
  intervalSeconds: number
  sinceSeconds: number
  pieces: readonly Piece[]
  /** So much JSON text the label sets of its targets may have, and the metric families. */
  labelBytes: number
  wantsAnotherScrape(agent: AgentEvidence): boolean
  /** Asked after the scrapes: true reads what `pieces` leaves out, too. */
  wantsMore(agent: AgentEvidence): boolean
  /** Called when its configuration has been read, or could not be; never where it is not asked for. */
  onConfigRead?(): void
  /** Requests to the agents of one API server, inside the limit for all of them. */
  limitRequests: Limit
  limitScrapes: Limit
  limitLogs: Limit
  /** What earlier takes found out about this run of the container; filled for later ones. */
  known: KnownAgent
  progress: ContextProgress
  signal: AbortSignal
}
