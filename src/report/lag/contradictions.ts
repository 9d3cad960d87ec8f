/** Where agents and the central contradict each other, below the table of lag. */

import type {LagReport} from '../../diagnose/lag/lag-report.ts'
import type {FindingReport} from '../../diagnose/report.ts'
import {findingHeadline} from '../finding-lines.ts'
import type {Style} from '../style.ts'
import {clean, wrap} from '../text.ts'

/** Each kind once, with what it means; the doctor tells all of it. */
export function contradictionLines({findings}: LagReport, style: Style): string[] {
  const kinds = new Map<string, FindingReport[]>()
  for (const finding of findings) kinds.set(finding.id, [...(kinds.get(finding.id) ?? []), finding])
  return [...kinds.values()].flatMap(([first, ...others], index) => {
    if (first === undefined) return []
    const told = [first.why, `promfleet explain ${first.id}`].filter(text => text !== '')
    const means = told.flatMap(text => wrap(clean(text), style.columns - 4).map(line => `    ${line}`))
    return [...(index === 0 ? [] : ['']), ...findingHeadline(first, others, style), ...means]
  })
}
