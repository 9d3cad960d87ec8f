/** promfleet as people run it: the built program, a kubeconfig from the environment, pipes for both streams. */
import path from 'node:path'
import {execa} from 'execa'
import type {Report} from '../../src/diagnose/report.ts'

const program = path.resolve(import.meta.dirname, '../../bin/run.js')

export interface Answer {
  stdout: string
  stderr: string
  exitCode: number | undefined
}

/** Runs it to its end; whatever the exit code, nothing is thrown. */
export async function promfleet(args: string[]): Promise<Answer> {
  const {stdout, stderr, exitCode} = await startPromfleet(args)
  return {stdout: String(stdout), stderr: String(stderr), exitCode}
}

/** A run in progress. */
export function startPromfleet(args: string[]) {
  const environment = {...process.env}
  for (const name of ['NO_COLOR', 'FORCE_COLOR']) delete environment[name]
  return execa(process.execPath, [program, ...args], {
    reject: false,
    stdin: 'ignore',
    env: environment,
    extendEnv: false,
    timeout: 120_000,
  })
}

export function reportOf({stdout}: Answer): Report {
  return JSON.parse(stdout) as Report
}

/** The cause that leads the report, remarks (info) and what could not be checked aside; null when nothing is found. */
export function topCause({findings}: Report): string | null {
  const leading = findings.find(({status, cause, severity}) => status === 'found' && cause && severity !== 'info')
  return leading?.id ?? null
}
