/** One line of the table: what promfleet does, beside the peer that does the same today, and what it may cost. */
import type {Cost} from './measure.ts'

export interface Limit {
  /** `CPU`, `wall time`, `peak memory`. */
  what: string
  measured: number
  /** Null: shown, not judged. */
  most: number | null
  unit: string
}

export type Row =
  | {name: string; peer: string; ours: Cost; theirs: Cost | null; limits: Limit[]}
  | {name: string; peer: string; skipped: string}

export function cpuRatio(ours: Cost, theirs: Cost, most: number | null): Limit {
  return {what: 'CPU', measured: ours.cpuSeconds / theirs.cpuSeconds, most, unit: 'x'}
}

export function wallRatio(ours: Cost, theirs: Cost, most: number): Limit {
  return {what: 'wall time', measured: ours.wallSeconds / theirs.wallSeconds, most, unit: 'x'}
}

/** None where the peak could not be read. */
export function peakMemory({peakMebibytes}: Cost, most: number | null): Limit[] {
  return peakMebibytes === null ? [] : [{what: 'peak memory', measured: peakMebibytes, most, unit: ' MiB'}]
}

export function isWithin({measured, most}: Limit): boolean {
  return most === null || measured <= most
}
