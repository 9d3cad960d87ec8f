/** Durations as people type them: Prometheus's and kubectl's `90s`, `1h30m`, and plain seconds. */
import {UserError} from '../errors.ts'

const unitSeconds: Record<string, number> = {ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800}

/** Seconds. Throws UserError for anything that is not a duration. */
export async function duration(text: string): Promise<number> {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/gy)]
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text) {
    throw new UserError(`"${text}" is not a duration`, 'write it like 90s, 5m or 1h30m')
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitSeconds[unit ?? ''] ?? 0), 0)
}
