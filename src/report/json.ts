/** The report as one JSON document, ending in a line break; report.schema.json describes it. */
import type {LogReport} from '../diagnose/log-report.ts'
import type {Report} from '../diagnose/report.ts'

export function renderJson(report: Report | LogReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
