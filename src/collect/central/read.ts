/** All that is read of one central: its own web server, and what it holds of the agents. Only GETs, every missing piece a Failure. */
import type {CentralEvidence} from '../../evidence/central.ts'
import type {Collected} from '../../evidence/types.ts'
import {readBuildInfo, readConfig, readFlags} from '../agent/api.ts'
import {scrape} from '../agent/scrape.ts'
import type {AgentConnection} from '../connections.ts'
import {keepText} from '../redact.ts'
import {askIdentities, type DaysAsked} from './identities.ts'
import type {QueryApi} from './query-api.ts'

export type CentralToRead = Pick<CentralEvidence, 'name' | 'foundBy' | 'place' | 'endpoints'>

const READY = {timeoutSeconds: 5, maxBytes: 64 * 1024}

export async function readCentral(
  api: QueryApi,
  central: CentralToRead,
  identities: readonly Record<string, string>[],
  signal: AbortSignal,
  daysAsked: DaysAsked = 'all',
): Promise<CentralEvidence> {
  const connection: Pick<AgentConnection, 'get'> = {get: (path, options) => api.get(path, options)}
  const [ready, buildInfo, flags, config, metrics, held] = await Promise.all([
    readReady(api, signal),
    readBuildInfo(connection, '', signal),
    readFlags(connection, '', signal),
    readConfig(connection, '', signal),
    scrape(connection, '', signal),
    askIdentities(api, identities, signal, daysAsked),
  ])
  return {
    ...central,
    clockSkewSeconds: api.clockSkewSeconds(),
    ready: asCentral(ready, api),
    buildInfo: asCentral(buildInfo, api),
    flags: asCentral(flags, api),
    config: asCentral(config, api),
    scrapes: [asCentral(metrics, api)],
    identities: held,
  }
}

async function readReady(api: QueryApi, signal: AbortSignal): Promise<CentralEvidence['ready']> {
  const answer = await api.get('/-/ready', {...READY, signal})
  if (!answer.ok) return answer
  const {status, body} = answer.value
  const text = keepText(body.subarray(0, 1000).toString('utf8').split('\n')[0] ?? '', 200)
  return {...answer, value: {status, text}}
}

/** The readers of agents' web servers name the flags for agents. */
function asCentral<T>(piece: Collected<T>, {name}: QueryApi): Collected<T> {
  if (piece.ok || piece.reason !== 'agent-unauthorized') return piece
  const flags = '--central-user and --central-password-file, or --central-token-file'
  return {...piece, detail: `the central ${name} wants credentials (401): ${flags}`}
}
