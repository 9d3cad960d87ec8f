/** The exit code of `promfleet lag`: 1 something is wrong, 3 nothing wrong was seen but not all could be judged, 0 neither. */
import {judgeFailOver} from './fail-over.ts'
import type {LagRow} from './lag-report.ts'

/**
 * `failOverSeconds` null: by the states. `storedUnknown`: a central was named that cannot tell what it stores; a lag is known without
 * it, so that it does not count where the lag decides.
 */
export function lagExitCode(
  rows: readonly LagRow[],
  failOverSeconds: number | null,
  storedUnknown: readonly string[] = [],
): 0 | 1 | 3 {
  if (failOverSeconds !== null) return EXIT_CODES[judgeFailOver(rows, failOverSeconds).rule]
  if (rows.some(({state}) => state === 'losing' || state === 'silent' || state === 'behind')) return 1
  return rows.length === 0 || storedUnknown.length > 0 || rows.some(({state}) => state === 'unknown') ? 3 : 0
}

const EXIT_CODES = {losing: 1, silent: 1, over: 1, unknown: 3, 'nothing-seen': 3, 'none-over': 0} as const
