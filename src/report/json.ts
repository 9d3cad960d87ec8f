/** The report as one JSON document, ending in a line break; report.schema.json describes it. */
import type {LabelsReport} from '../diagnose/labels/labels-report.ts'
import type {LagReport} from '../diagnose/lag/lag-report.ts'
import type {LogReport} from '../diagnose/logs/log-report.ts'
import type {ProbeReport} from '../diagnose/probe/probe-report.ts'
import type {Report} from '../diagnose/report.ts'

export function renderJson(report: Report | LogReport | LabelsReport | LagReport | ProbeReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
