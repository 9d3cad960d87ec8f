/** The report of a run that could not start: a valid document that says why, so that `-o json` can be read on every exit code. */
import type {Report} from './report.ts'

/** What the documents of all commands then say. `message` and `hint` without secrets and escape sequences; `at` is the caller's clock. */
export function failedRun(message: string, hint: string | null, version: string, at: Date) {
  return {
    schemaVersion: 1,
    tool: {name: 'promfleet', version},
    takenAt: at.toISOString(),
    durationSeconds: 0,
    exitCode: 2,
    error: {message, hint},
    ended: 'complete',
  } as const
}

export function failedReport(...failure: Parameters<typeof failedRun>): Report {
  return {
    ...failedRun(...failure),
    thresholds: {},
    state: 'unknown',
    summary: {contexts: 0, agents: 0, queues: 0, error: 0, warning: 0, info: 0, unknown: 0},
    contexts: [],
    agents: [],
    groups: [],
    findings: [],
    checks: {passed: [], found: [], skipped: [], unknown: []},
  }
}
