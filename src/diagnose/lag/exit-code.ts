/** The exit code of `promfleet lag`: 1 something is wrong, 3 nothing wrong was seen but not all could be looked at, 0 neither. */
import type {LagRow} from './lag-report.ts'

/** `failOverSeconds` null: by the states. */
export function lagExitCode(rows: readonly LagRow[], failOverSeconds: number | null): 0 | 1 | 3 {
  if (failOverSeconds === null) {
    if (rows.some(({state}) => state === 'losing' || state === 'silent' || state === 'behind')) return 1
    return rows.length === 0 || rows.some(({state}) => state === 'unknown') ? 3 : 0
  }
  const verdicts = rows.map(row => isOver(row, failOverSeconds))
  if (verdicts.includes(true)) return 1
  return verdicts.length === 0 || verdicts.includes(null) ? 3 : 0
}

/**
 * Whether its data is later than that; null when that is not known. What is refused or not sent at all never arrives, however small
 * a lag its metrics show: the newest refused sample counts as sent (prometheus/prometheus#10102).
 */
function isOver({state, queue}: LagRow, seconds: number): boolean | null {
  if (state === 'losing' || state === 'silent') return true
  if (queue === null || queue.lagSeconds === null) return null
  if (queue.lagSeconds > seconds) return true
  return queue.lagSource === 'uptime-lower-bound' ? null : false
}
