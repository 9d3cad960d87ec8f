import {readdirSync, readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {parseLogLine} from '../../../src/facts/log/line.ts'
import {createLogShapes} from '../../../src/facts/log/shapes.ts'
import {recognise, SIGNATURES} from '../../../src/facts/log/signatures.ts'

const folder = new URL('../../fixtures/signatures/', import.meta.url)
const names = readdirSync(folder).map(file => file.replace(/\.log$/, ''))

/** Each line with the words about where it comes from. */
function samplesOf(name: string): {line: string; origin: string}[] {
  let origin = ''
  const lines = readFileSync(new URL(`${name}.log`, folder), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.flatMap(line => {
    if (!line.startsWith('# ')) return [{line, origin}]
    origin = line.slice(2)
    return []
  })
}

function formOf(line: string): string {
  if (/^ts=/.test(line) || /^level=/.test(line)) return 'go-kit'
  if (/^time=/.test(line)) return 'slog'
  if (/^\{"time":/.test(line)) return 'slog as JSON'
  if (/^\{/.test(line)) return 'go-kit as JSON'
  return 'plain'
}

function signatureOf(line: string): string | null {
  const {level, message, error} = parseLogLine(line)
  return recognise({level, message, error, sample: line})?.name ?? null
}

/** Printed before the log is set up, or by 3.x alone. */
const plain = ['flag-of-the-other-mode', 'unknown-flag', 'out-of-memory', 'panic']

describe('the table of signatures', () => {
  it('has samples of every signature, and of nothing else', () => {
    expect(names.sort()).toEqual(SIGNATURES.map(({name}) => name).sort())
    expect(new Set(names).size).toBe(SIGNATURES.length)
  })

  it.each(names)('has samples of %s in every form that its releases log in', name => {
    const forms = new Set(samplesOf(name).map(({line}) => formOf(line)))
    const {versions} = SIGNATURES.find(own => own.name === name)!
    const newerOnly = /^(?:3\.|2\.5[14] and later)/.test(versions ?? '')
    const all = ['go-kit', 'go-kit as JSON', 'slog', 'slog as JSON']
    const needed = plain.includes(name) ? ['plain'] : newerOnly ? all.slice(2) : all
    for (const form of needed) expect(forms, `${name} as ${form}`).toContain(form)
  })

  it('says of every sample where it comes from', () => {
    for (const name of names)
      for (const {origin} of samplesOf(name)) expect(origin, name).toMatch(/^(?:Prometheus \d|composed: )/)
  })

  it('says in one sentence what each means and what to do', () => {
    for (const {meaning, title, remedy} of SIGNATURES) {
      expect(meaning).toMatch(/^[^\n]{10,}\.$/)
      expect(title).toMatch(/^[^\n]{4,80}[^.\n]$/)
      if (remedy !== null) expect(remedy).toMatch(/^[a-z][^\n]+$/)
    }
  })

  it('names ids of the catalogue, and never tells to restart an agent that waits', () => {
    for (const {cause, remedy} of SIGNATURES) {
      if (cause !== null) expect(cause).toMatch(/^(?:workload|wal|config|delivery|receiver|scrape)\/[a-z-]+$/)
      if (/restart/.test(remedy ?? ''))
        expect(remedy).toMatch(
          /not restart|no restart|restart (?:of the agent would only lose|brings nothing|or reload)|once nothing waits/,
        )
    }
  })
})

describe.each(names)('a sample of %s', name => {
  it.each(samplesOf(name).map(({line}) => line))('is recognised as that and nothing else: %s', line => {
    expect(signatureOf(line)).toBe(name)
    expect(signatureOf(`2026-11-23T03:18:46.123456789Z ${line}`)).toBe(name)
  })

  it('reaches the digest of a log, whatever ordinary lines stand around it', () => {
    const ordinary =
      'ts=2026-11-23T02:00:00.000Z caller=db.go:1 level=info component=tsdb msg="Head GC completed" duration=1ms'
    for (const {line} of samplesOf(name)) {
      const shapes = createLogShapes()
      for (const each of [ordinary, line, ordinary]) shapes.add(each)
      const found = shapes.result().shapes.map(shape => recognise(shape)?.name)
      expect(found).toEqual([name])
    }
  })
})

describe('ordinary lines', () => {
  it.each(['2.42.log', '2.42.json.log', '2.53.log', '2.53.json.log', '3.5.log', '3.5.json.log'])(
    'of a real agent are of no signature that shows: %s',
    file => {
      const lines = readFileSync(new URL(`../../fixtures/logs/${file}`, import.meta.url), 'utf8')
        .trimEnd()
        .split('\n')
      const shown = lines.map(signatureOf).filter(name => {
        const severity = SIGNATURES.find(own => own.name === name)?.severity
        return severity === 'error' || severity === 'warning'
      })
      // That agent has a good endpoint beside bad ones; see the names of its queues.
      expect([...new Set(shown)].sort()).toEqual(expect.arrayContaining(['receiver-disabled', 'refused']))
    },
  )

  it('full of the word error mean nothing', () => {
    for (const text of [
      'level=info msg="error budget: 0 errors, failed=0 retry=0 panic=false"',
      'time=2026-11-23T02:00:00Z level=INFO msg="no such host in the list, connection refused counter reset"',
      'ts=2026-11-23T02:00:00Z level=info component=remote msg="Done replaying WAL" duration=1s err=',
    ])
      expect(signatureOf(text)).toBeNull()
  })

  it('take time in proportion to their length', () => {
    const started = performance.now()
    for (const text of [
      'open '.repeat(200_000),
      'dir '.repeat(200_000),
      'Failed to list'.repeat(90_000),
      'forbidden '.repeat(100_000),
    ]) {
      recognise({level: 'error', message: text, error: text, sample: text})
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
