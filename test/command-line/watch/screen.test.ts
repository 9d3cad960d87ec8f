/** A text that stays in its place, on a terminal that a test looks at. */
import {EventEmitter} from 'node:events'
import {describe, expect, it} from 'vitest'
import {openScreen, type Terminal} from '../../../src/command-line/watch/screen.ts'

const ESCAPE = String.fromCharCode(27)

/** Understands what log-update and we write: lines, the cursor going up and down, and lines erased. Wraps as terminals do. */
class FakeTerminal extends EventEmitter {
  isTTY = true
  columns: number
  rows = 24
  written = ''
  cursorShown = true
  readonly #lines: string[] = ['']
  #row = 0
  #column = 0

  constructor(columns: number) {
    super()
    this.columns = columns
  }

  write(text: string): boolean {
    this.written += text
    const token = new RegExp(`${ESCAPE}\\[(\\??)(\\d*)([A-Za-z])|\\n|[^${ESCAPE}\\n]+`, 'g')
    for (const [all, isPrivate, count, command] of text.matchAll(token)) {
      if (all === '\n') this.#down(1, true)
      else if (command === undefined) this.#put(all)
      else if (isPrivate) this.cursorShown = count === '25' ? command === 'h' : this.cursorShown
      else if (command === 'A') this.#row = Math.max(0, this.#row - Number(count || 1))
      else if (command === 'B') this.#down(Number(count || 1), false)
      else if (command === 'G') this.#column = 0
      else if (command === 'K') this.#erase(count === '2')
    }
    return true
  }

  shown(): string[] {
    const lines = this.#lines.map(line => line.trimEnd())
    while (lines.at(-1) === '') lines.pop()
    return lines
  }

  /** Breaks lines anew that no longer fit, as tmux does. */
  resize(columns: number): void {
    const broken = this.#lines.flatMap(line => line.trimEnd().match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''])
    const added = broken.length - this.#lines.length
    this.#lines.splice(0, this.#lines.length, ...broken)
    this.#row += Math.max(0, added)
    this.columns = columns
    this.emit('resize')
  }

  #put(text: string): void {
    const line = this.#lines[this.#row] ?? ''
    this.#lines[this.#row] =
      line.slice(0, this.#column).padEnd(this.#column) + text + line.slice(this.#column + text.length)
    this.#column += text.length
  }

  #down(count: number, toStart: boolean): void {
    this.#row += count
    while (this.#lines.length <= this.#row) this.#lines.push('')
    if (toStart) this.#column = 0
  }

  #erase(whole: boolean): void {
    const line = this.#lines[this.#row] ?? ''
    this.#lines[this.#row] = whole ? '' : line.slice(0, this.#column)
  }
}

function open(columns: number) {
  const fake = new FakeTerminal(columns)
  fake.write('$ promfleet lag --watch\n')
  return {fake, screen: openScreen(fake as unknown as Terminal)}
}

describe('a screen', () => {
  it('draws over what it drew before, whatever is longer or shorter', () => {
    const {fake, screen} = open(40)
    for (const text of ['one\ntwo\nthree', 'one\n2', 'ONE\n2\n3\n4']) {
      screen.show(() => text)
      expect(fake.shown()).toEqual(['$ promfleet lag --watch', ...text.split('\n')])
    }
    screen.close()
  })
  it('writes each frame at once, and nothing when nothing changed, so that it does not flicker', () => {
    const {fake, screen} = open(40)
    screen.show(() => 'one\ntwo')
    const writes: string[] = []
    const {write} = fake
    fake.write = text => {
      writes.push(text)
      return write.call(fake, text)
    }
    screen.show(() => 'one\ntwo')
    expect(writes).toEqual([])
    screen.show(() => 'one\n2')
    expect(writes).toHaveLength(1)
    screen.close()
  })
  it('hides the cursor while it is open, and shows it again', () => {
    const {fake, screen} = open(40)
    screen.show(() => 'one')
    expect(fake.cursorShown).toBe(false)
    screen.close()
    expect(fake.cursorShown).toBe(true)
  })
  it('gives the terminal away with its cursor, and goes on below what others wrote', () => {
    const {fake, screen} = open(40)
    screen.show(() => 'one\ntwo')
    screen.lend()
    expect(fake.cursorShown).toBe(true)
    fake.write('$ fg\n')
    screen.show(() => 'three')
    expect(fake.cursorShown).toBe(false)
    expect(fake.shown().join('\n')).toMatch(/one\ntwo\n\$ fg\nthree$/)
    screen.close()
  })
  it('leaves nothing behind when it is closed but what stood above it', () => {
    const {fake, screen} = open(40)
    screen.show(() => 'one\ntwo')
    screen.close()
    expect(fake.shown()).toEqual(['$ promfleet lag --watch'])
    fake.write('the last table\n')
    expect(fake.shown()).toEqual(['$ promfleet lag --watch', 'the last table'])
  })
  it('is drawn anew for another width, also where the terminal has broken its lines', () => {
    const {fake, screen} = open(40)
    screen.show(() => `${'x'.repeat(fake.columns)}\n${'y'.repeat(fake.columns)}`)
    fake.resize(25)
    expect(fake.shown()).toEqual(['$ promfleet lag --watch', 'x'.repeat(25), 'y'.repeat(25)])
    fake.resize(60)
    expect(fake.shown()).toEqual(['$ promfleet lag --watch', 'x'.repeat(60), 'y'.repeat(60)])
    screen.close()
    fake.resize(30)
    expect(fake.shown()).toEqual(['$ promfleet lag --watch'])
  })
  it('works on a terminal of 0 columns, as "script" and some CI have', () => {
    const {fake, screen} = open(0)
    screen.show(() => 'one')
    screen.show(() => 'two')
    screen.close()
    expect(fake.written.length).toBeLessThan(1000)
  })
})
