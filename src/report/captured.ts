/** What `promfleet capture` prints: what was taken and masked, and where it lies now. Pure. */
import type {BundleManifest} from '../evidence/types.ts'
import {formatBytes, formatCount} from '../units.ts'

export interface CapturedFile {
  file: string
  bytes: number
}

/** Two lists and the file's line; kinds of which there is nothing are left out. */
export function renderCaptured({taken, masked}: BundleManifest, {file, bytes}: CapturedFile): string {
  const shown = taken.filter(({count, missing}) => count > 0 || missing > 0)
  const width = Math.max(...[...shown, ...masked].map(({count}) => formatCount(count).length))
  const row = (count: number, words: string) => `  ${formatCount(count).padStart(width)} ${words}`
  const lines = [
    'taken',
    ...shown.map(({what, count, missing, bytes: size}) =>
      row(count, `${what}, ${formatBytes(size)}${missing > 0 ? `; ${formatCount(missing)} could not be read` : ''}`),
    ),
    '',
    'masked',
    ...(masked.length > 0
      ? masked.map(({what, count}) => row(count, `in ${what}`))
      : ['  nothing: no secret was seen']),
    '',
    `${file}  ${formatBytes(bytes)}`,
  ]
  return `${lines.join('\n')}\n`
}
