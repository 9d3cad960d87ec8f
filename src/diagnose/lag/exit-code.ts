/** The exit code of `promfleet lag`: 1 something is wrong, 3 nothing wrong was seen but not all could be judged, 0 neither. */
import type {FindingReport} from '../report.ts'
import {judgeFailOver} from './fail-over.ts'
import type {LagReport, LagRow} from './lag-report.ts'

/**
 * `failOverSeconds` null: by the states. `storedUnknown`: a central was named that cannot tell what it stores, and `findings`: it has
 * nothing fresh of a queue that delivers; a lag is known without it, so that neither counts where the lag decides.
 */
export function lagExitCode(
  rows: readonly LagRow[],
  failOverSeconds: number | null,
  {storedUnknown = [], findings}: {storedUnknown: LagReport['storedUnknown']; findings: readonly FindingReport[]},
): 0 | 1 | 3 {
  if (failOverSeconds !== null) return EXIT_CODES[judgeFailOver(rows, failOverSeconds).rule]
  if (rows.some(({state}) => state === 'losing' || state === 'silent' || state === 'behind')) return 1
  const isUnsure = storedUnknown.length > 0 || findings.some(({id}) => id === 'central/not-fresh')
  return rows.length === 0 || isUnsure || rows.some(({state}) => state === 'unknown') ? 3 : 0
}

const EXIT_CODES = {losing: 1, silent: 1, over: 1, unknown: 3, 'nothing-seen': 3, 'none-over': 0} as const
