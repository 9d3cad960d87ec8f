/** Looks at a fleet from its central, again and again over one connection: the counterpart of session.ts, which looks at agents. */
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {CollectOptions} from '../../evidence/types.ts'
import {hideInside} from '../own-credentials.ts'
import {type FleetLookOptions, readCentralFleet} from './fleet.ts'
import type {QueryApi} from './query-api.ts'

export interface CentralFleetSession {
  /** What people call the central. */
  name: string
  take(): Promise<FleetEvidence>
  credentials(): string[]
  close(): Promise<void>
}

export interface CentralFleetOptions
  extends Omit<FleetLookOptions, 'signal' | 'timeoutSeconds'>,
    Pick<CollectOptions, 'timeoutSeconds' | 'transport'> {
  toolVersion: string
  foundBy: 'url' | 'context'
  /** Aborted when the user interrupts. */
  signal: AbortSignal
}

/** One query: a large store takes seconds, and what takes longer would hurt it. */
const QUERY_SECONDS = 30

/** Of looks in a row each is the first of two for the next, where --interval is 0. */
export function openCentralFleet(api: QueryApi, options: CentralFleetOptions): CentralFleetSession {
  let before: FleetLookOptions['before'] = null
  return {
    name: api.name,
    async take() {
      const startedAt = Date.now()
      const timeUp = AbortSignal.timeout(Math.max(1, Math.ceil(options.timeoutSeconds * 1000)))
      const centralFleet = await readCentralFleet(api, options.foundBy, {
        ...options,
        before,
        timeoutSeconds: Math.max(1, Math.min(QUERY_SECONDS, Math.floor(options.timeoutSeconds))),
        signal: AbortSignal.any([options.signal, timeUp]),
      })
      before = centralFleet.looks.at(-1) ?? null
      const evidence: FleetEvidence = {
        schemaVersion: 1,
        tool: {name: 'promfleet', version: options.toolVersion},
        takenAt: new Date().toISOString(),
        durationSeconds: (Date.now() - startedAt) / 1000,
        ended: options.signal.aborted ? 'interrupted' : timeUp.aborted ? 'timeout' : 'complete',
        options: {
          intervalSeconds: options.intervalSeconds,
          sinceSeconds: 0,
          timeoutSeconds: options.timeoutSeconds,
          namespace: null,
          selector: null,
          agents: [],
          includeServers: false,
          transport: options.transport,
        },
        contexts: [],
        centralFleet,
      }
      const credentials = api.credentials()
      if (credentials.length > 0) hideInside(evidence, credentials)
      return evidence
    },
    credentials: () => api.credentials(),
    async close() {
      api.close()
    },
  }
}
