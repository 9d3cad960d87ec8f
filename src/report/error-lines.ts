/** Why there is no report, for people. */
import type {Report} from '../diagnose/report.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

export function errorLines({message, hint}: NonNullable<Report['error']>, style: Style): string[] {
  const lines = wrap(`error: ${clean(message)}`, style.columns)
  return hint === null ? lines : [...lines, ...wrap(`hint: ${clean(hint)}`, style.columns)]
}
