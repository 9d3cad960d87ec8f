import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseLogLine} from '../../../src/facts/log/line.ts'
import {OTHER_LINES} from '../../../src/facts/log/shape-counter.ts'
import {createLogShapes, type LogDigest, type LogShapesOptions} from '../../../src/facts/log/shapes.ts'
import {logTemplate} from '../../../src/facts/log/template.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/logs/${name}`, import.meta.url), 'latin1')

function digest(lines: string[], options?: LogShapesOptions): LogDigest {
  const shapes = createLogShapes(options)
  for (const line of lines) shapes.add(line)
  return shapes.result()
}

function digestText(text: string, chunkLength: number): LogDigest {
  const shapes = createLogShapes()
  for (let at = 0; at < text.length; at += chunkLength) shapes.push(text.slice(at, at + chunkLength))
  return shapes.result()
}

const failed = (second: number, queue: string, error: string) =>
  `ts=2026-11-23T03:18:${String(second).padStart(2, '0')}.000Z caller=dedupe.go:112 component=remote level=warn remote_name=${queue} url=http://h/w msg="Failed to send batch, retrying" err="${error}"`

describe('shapes of a log', () => {
  it('count what repeats, with its first and last time and its newest line', () => {
    const lines = [1, 2, 59].map(second =>
      failed(second, 'a', `read tcp 10.0.0.${second}:4${second}->10.96.0.1:80: i/o timeout`),
    )
    expect(digest(lines).shapes).toEqual([
      {
        level: 'warn',
        message: 'Failed to send batch, retrying',
        component: 'remote',
        queue: 'a',
        url: 'http://h/w',
        error: 'read tcp 10.0.0.59:459->10.96.0.1:80: i/o timeout',
        count: 3,
        first: '2026-11-23T03:18:01.000Z',
        last: '2026-11-23T03:18:59.000Z',
        sample: lines[2],
      },
    ])
  })

  it('count the same line again and again, across chunks, with the last of its times', () => {
    const lines = Array.from({length: 60}, (_, second) =>
      failed(second, second % 2 === 0 ? 'a' : 'b', 'context deadline exceeded'),
    )
    for (const length of [3, 500, 100_000]) {
      const {shapes} = digestText(`${lines.join('\n')}\n`, length)
      expect(shapes.map(({queue, count, first, last}) => [queue, count, first, last])).toEqual([
        ['a', 30, '2026-11-23T03:18:00.000Z', '2026-11-23T03:18:58.000Z'],
        ['b', 30, '2026-11-23T03:18:01.000Z', '2026-11-23T03:18:59.000Z'],
      ])
      expect(shapes[1]?.sample).toBe(lines[59])
    }
  })

  it('stay apart by queue, by error and by HTTP status', () => {
    const {shapes} = digest([
      failed(1, 'a', 'server returned HTTP status 401 Unauthorized: 1'),
      failed(2, 'a', 'server returned HTTP status 503 Service Unavailable: 1'),
      failed(3, 'b', 'server returned HTTP status 503 Service Unavailable: 2'),
      failed(4, 'b', 'context deadline exceeded'),
      failed(5, 'b', 'server returned HTTP status 503 Service Unavailable: 3'),
    ])
    expect(shapes.map(shape => [shape.queue, shape.count])).toEqual([
      ['a', 1],
      ['a', 1],
      ['b', 2],
      ['b', 1],
    ])
  })

  it('count lines as if each were taken apart, however much they are alike', () => {
    const digits = (length: number) =>
      fc.array(fc.integer({min: 0, max: 9}), {minLength: 1, maxLength: length}).map(all => all.join(''))
    const word = fc.oneof(
      digits(12),
      fc.constantFrom(
        'HTTP status 401',
        'HTTP status 503',
        'i/o timeout',
        'abcdefabcdef1',
        '{a="1", b="2"}',
        '2026-11-23T03:18:01Z',
      ),
      fc.constantFrom('\\x31', '\\u0031', '\\"', 'url=', '"', '=', 'é', '10.0.0.1:80->', 'err='),
    )
    const words = fc
      .array(fc.tuple(word, fc.constantFrom('', ' ', '.', ':')), {maxLength: 6})
      .map(all => all.flat().join(''))
    const field = fc.tuple(
      fc.constantFrom('component', 'remote_name', 'queue', 'url', 'msg', 'err', 'error', 'count'),
      fc.oneof(
        digits(2),
        words.map(text => `"${text}"`),
        words,
      ),
    )
    const logfmt = fc.array(field, {maxLength: 5}).map(all => ` ${all.map(pair => pair.join('=')).join(' ')}`)
    const json = fc
      .array(field, {maxLength: 5})
      .map(all => all.map(([name, value]) => `,"${name}":${JSON.stringify(value)}`).join(''))
    const line = fc.oneof(
      logfmt.map(fields => `ts=2026-11-23T03:18:01.000Z caller=a.go:1 level=warn${fields}`),
      logfmt.map(fields => `time=2026-11-23T03:18:01.000Z level=ERROR source=a.go:1${fields}`),
      json.map(fields => `{"time":"2026-11-23T03:18:01.000Z","level":"WARN"${fields}}`),
    )
    const withOtherDigits = (text: string) =>
      text.replace(/(level.*)/, fields => fields.replace(/\d/g, digit => String((Number(digit) + 1) % 10)))
    fc.assert(
      fc.property(fc.array(line, {minLength: 1, maxLength: 6}), some => {
        const lines = some.flatMap(text => [text, withOtherDigits(text)])
        const counts = new Map<string, number>()
        for (const text of lines) {
          const {level, component, queue, url, message, error} = parseLogLine(text)
          const shape = [level, component, queue, url, logTemplate(message), error && logTemplate(error)].join('|')
          counts.set(shape, (counts.get(shape) ?? 0) + 1)
        }
        expect(digest(lines).shapes.map(({count}) => count)).toEqual([...counts.values()])
      }),
      {numRuns: 2000},
    )
  })

  it('leave ordinary info lines out, and keep those that tell of the process, its WAL and its queues', () => {
    const {shapes, lines} = digest([
      'ts=2026-11-23T03:18:01.000Z caller=main.go:1 level=info msg="Server is ready to receive web requests."',
      'ts=2026-11-23T03:18:01.000Z caller=web.go:1 level=info component=web msg="Start listening for connections" address=a',
      'time=2026-11-23T03:18:02.000Z level=DEBUG source=scrape.go:1 msg="Scrape failed" component="scrape manager" err=x',
      'time=2026-11-23T03:18:03.000Z level=INFO source=db.go:1 msg="Creating checkpoint" from_segment=0 to_segment=3',
      '{"time":"2026-11-23T03:18:03.1Z","level":"INFO","source":"web.go:1","msg":"nothing to see"}',
      '{"time":"2026-11-23T03:18:03.1Z","level":"INFO","source":"a.go:1","msg":"Remote storage resharding","from":1,"to":2}',
    ])
    expect(lines).toBe(6)
    expect(shapes.map(shape => shape.message)).toEqual([
      'Server is ready to receive web requests.',
      'Creating checkpoint',
      'Remote storage resharding',
    ])
  })

  it('keep the lines that tell which WAL segments exist, one by one', () => {
    const lines = [3, 6, 9].map(
      segment =>
        `time=2026-11-23T0${segment}:00:00.000Z level=INFO source=checkpoint.go:1 msg="Creating checkpoint" from_segment=0 to_segment=${segment} mint=1`,
    )
    expect(digest(lines).walLines).toEqual(lines)
  })

  it('are bounded, with room kept for errors, and the rest counted in one', () => {
    const chatter = Array.from(
      {length: 300},
      (_, index) => `chatter ${String.fromCharCode(97 + (index % 26))}${'x'.repeat(index)}`,
    )
    const errors = Array.from({length: 300}, (_, index) => failed(1, 'a', `e${'y'.repeat(index)}`))
    const {shapes} = digest([...chatter, ...errors], {maxShapes: 100})
    expect(shapes).toHaveLength(101)
    expect(shapes.filter(shape => shape.level === 'warn')).toHaveLength(50)
    expect(shapes.at(-1)).toMatchObject({message: OTHER_LINES, level: 'unknown', count: 500, queue: null, error: null})
    expect(shapes.reduce((count, shape) => count + shape.count, 0)).toBe(600)
  })

  it('come with the first and last time, the size and the tail', () => {
    const lines = Array.from({length: 60}, (_, second) => failed(second, 'é', 'x'))
    const result = digest(lines, {tailLines: 5})
    expect(result).toMatchObject({first: '2026-11-23T03:18:00.000Z', last: '2026-11-23T03:18:59.000Z', lines: 60})
    expect(result.bytes).toBe(Buffer.byteLength(lines.join('\n')) + 1)
    expect(result.tail).toEqual(lines.slice(-5))
    expect(result.shapes[0]?.queue).toBe('é')
  })

  it('take a line of 5 MB for one line, and read on after it', () => {
    const result = digestText(`level=error msg="${'a'.repeat(5_000_000)}"\n${failed(1, 'a', 'x')}\n`, 65_536)
    expect(result.lines).toBe(2)
    expect(result.shapes.map(shape => shape.level)).toEqual(['error', 'warn'])
    expect(result.shapes[0]!.message.length).toBeLessThan(5000)
    expect(result.tail.every(line => line.length < 5000)).toBe(true)
  })

  it('of a log whose clock was set back still span from the earlier to the later time', () => {
    const at = (time: string) => `time=${time} level=ERROR msg=boom`
    const result = digest([at('2026-11-23T02:00:00Z'), at('2026-11-23T01:00:00Z')])
    const span = {first: '2026-11-23T01:00:00.000Z', last: '2026-11-23T02:00:00.000Z'}
    expect(result).toMatchObject({...span, shapes: [{count: 2, ...span}]})
  })

  it('of an empty log are none', () => {
    expect(digest([])).toEqual({first: null, last: null, lines: 0, bytes: 0, shapes: [], tail: [], walLines: []})
  })
})

describe('lines of the Kubernetes client', () => {
  const klog = (time: string) =>
    `E${time} 12097 reflector.go:166] "Unhandled Error" err="Failed to watch *v1.Pod: failed to list *v1.Pod: connection refused"`

  it('get their year from the rest of the log, however often they come', () => {
    const result = digest([failed(1, 'a', 'x'), klog('1123 03:18:05.421952'), klog('1123 03:18:35.421952')])
    const shape = result.shapes.find(({message}) => message.startsWith('E1123'))
    expect(shape).toMatchObject({
      ...{level: 'error', count: 2},
      ...{first: '2026-11-23T03:18:05.421Z', last: '2026-11-23T03:18:35.421Z'},
    })
    expect(result.last).toBe('2026-11-23T03:18:35.421Z')
  })

  it('may be of the year before or after', () => {
    const newYear = 'ts=2026-12-31T23:59:59.000Z caller=main.go:1 level=warn msg=x'
    expect(digest([newYear, klog('0101 00:00:09.000000')]).shapes[1]?.last).toBe('2027-01-01T00:00:09.000Z')
    const after = 'ts=2027-01-01T00:00:00.000Z caller=main.go:1 level=warn msg=x'
    expect(digest([after, klog('1231 23:59:59.000000')]).shapes[1]?.last).toBe('2026-12-31T23:59:59.000Z')
  })

  it('have no time in a log without any, or when it is none', () => {
    expect(digest([klog('1123 03:18:05.421952')]).shapes[0]).toMatchObject({first: null, last: null})
    expect(digest([failed(1, 'a', 'x'), klog('9999 99:18:05.421952')]).shapes[1]?.last).toBe(null)
  })
})

describe.each(['2.42.log', '2.42.json.log', '2.53.log', '2.53.json.log', '3.5.log', '3.5.json.log'])(
  'the log of a real agent, %s',
  name => {
    const text = fixture(name)
    const result = digestText(text, 4096)

    it('gives the same digest however it is cut', () => {
      expect(digestText(text, 1)).toEqual(result)
      const lines = Buffer.from(text, 'latin1').toString('utf8').trimEnd().split('\n')
      expect(digest(lines)).toEqual({...result, bytes: Buffer.byteLength(lines.join('\n')) + 1})
    })

    it('keeps the troubles of both bad endpoints and the starts of the readers', () => {
      const found = (pattern: RegExp) =>
        result.shapes.filter(shape => pattern.test(`${shape.level} ${shape.queue} ${shape.message} ${shape.error}`))
      expect(found(/^warn refused Failed to send batch, retrying .*connection refused$/)).toHaveLength(1)
      expect(
        found(/^error [0-9a-f]{6} non-recoverable error server .*remote write receiver needs to be enabled/),
      ).toHaveLength(1)
      expect(found(/^info good Starting WAL watcher/)).toHaveLength(1)
      expect(found(/Received (?:SIGTERM|an OS signal)/)).toHaveLength(1)
      expect(result.shapes.length).toBeLessThan(60)
      expect(result.walLines.length).toBe(1)
    })
  },
)
