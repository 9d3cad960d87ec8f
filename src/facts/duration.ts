/** Prometheus durations (`1h30m`, `15s`, `0s`, `500ms`), as model.ParseDuration of prometheus/common reads them. */

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
const SECONDS_PER_UNIT = [365 * 86_400, 7 * 86_400, 86_400, 3600, 60, 1, 0.001]

/** Seconds; null when it is not a duration. A bare `0` is one, any other bare number is not. */
export function parseDurationSeconds(text: string): number | null {
  if (text === '0') return 0
  const match = text === '' ? null : DURATION.exec(text)
  if (!match) return null
  return SECONDS_PER_UNIT.reduce((seconds, unit, index) => seconds + Number(match[index + 1] ?? 0) * unit, 0)
}
