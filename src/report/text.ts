/** Text for terminals: nothing that controls one, wrapped at word ends, names cut in the middle. Pure. */

/** One line without controls and without marks that turn the direction of writing; evidence is clean already, this makes sure. */
export function clean(text: string): string {
  if (CLEAN.test(text)) return text
  return [...text.replace(escapeSequence, '').replace(/\s+/g, ' ')].filter(isPrintable).join('').trim()
}

/** Most text: ASCII words with one blank between them. */
const CLEAN = /^(?:[!-~]+(?: [!-~]+)*)?$/

// A whole sequence goes, not its ESC alone: "[31m" would be left standing.
const escapeCode = String.fromCharCode(27)
const escapeSequence = new RegExp(
  `${escapeCode}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${escapeCode}]*?(?:\\x07|${escapeCode}\\\\|$)|[@-Z\\\\-_])`,
  'g',
)

function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  const control = code < 0x20 || (code >= 0x7f && code < 0xa0)
  const direction =
    code === 0x200e || code === 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
  return !control && !direction && code !== 0xfeff
}

/** Terminal cells, for text without colour: wide East Asian characters and emoji take two. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  return [...text].reduce((sum, character) => sum + (isWide(character.codePointAt(0) ?? 0) ? 2 : 1), 0)
}

/** Most text, and a tenth of the time. */
const PLAIN = /^[ -~]*$/

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  )
}

const PAINT = new RegExp(`${escapeCode}\\[\\d+m`, 'g')

export function unpainted(text: string): string {
  return text.replace(PAINT, '')
}

/** Lines that these take on a terminal, which breaks those that are wider than it is. Colour takes no room. */
export function linesOnScreen(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(unpainted(line)) / columns)), 0)
}

/** "monitoring/prom…shop-0": the end of a name tells pods apart, so the middle goes. */
export function cutMiddle(name: string, width: number, mark = '…'): string {
  if (widthOf(name) <= width) return name
  const characters = [...name]
  const room = Math.max(2, width - mark.length)
  const tail = Math.ceil(room / 2)
  return `${characters.slice(0, room - tail).join('')}${mark}${characters.slice(-tail).join('')}`
}

/** "its shards are f…" */
export function cutEnd(text: string, width: number, mark = '…'): string {
  if (widthOf(text) <= width) return text
  let shown = ''
  for (const character of text) {
    if (widthOf(shown + character) > width - mark.length) break
    shown += character
  }
  return shown + mark
}

/** Lines of at most `width` cells, broken at blanks; a longer word (an address) keeps a line of its own, whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
