/** What a take reads of each agent: all of it, or only what a command is about. The pods themselves are always listed. */
import type {AgentEvidence, Failure} from '../../evidence/types.ts'
import {notApplicable} from '../collected.ts'

/**
 * `web`: metrics, configuration, targets and the rest of its web server; `metrics`: of that only readiness and the scrapes;
 * `objects`: events and volume claims; `labels`, beside `web`: the label sets and metric families of the targets.
 */
export type Piece = 'metrics' | 'web' | 'labels' | 'objects' | 'log' | 'previous-log'

export const ALL_PIECES: readonly Piece[] = ['web', 'objects', 'log', 'previous-log']

const FIELDS = {
  metrics: [],
  labels: [],
  web: ['ready', 'config', 'flags', 'buildInfo', 'runtimeInfo', 'targets'],
  objects: ['events', 'claims'],
  log: ['log'],
  'previous-log': ['previousLog'],
} as const satisfies Record<Piece, readonly (keyof AgentEvidence)[]>

const NOT_ASKED_FOR = notApplicable('this command does not ask for it')

/** Why each field that nobody asked for is missing. */
export function notAskedFor(pieces: readonly Piece[]): Partial<Record<keyof AgentEvidence, Failure>> {
  const left = ALL_PIECES.filter(piece => !pieces.includes(piece)).flatMap(piece => FIELDS[piece])
  return Object.fromEntries(left.map(field => [field, NOT_ASKED_FOR]))
}
