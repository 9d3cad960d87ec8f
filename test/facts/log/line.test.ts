import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {parseLogLine} from '../../../src/facts/log/line.ts'

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/logs/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '')

describe('one line of a Prometheus log', () => {
  it('is read as go-kit logfmt (2.x)', () => {
    const line = parseLogLine(
      'ts=2026-11-23T03:18:46.386Z caller=dedupe.go:112 component=remote level=warn remote_name=refused url=http://127.0.0.1:19499/api/v1/write msg="Failed to send batch, retrying" err="Post \\"http://127.0.0.1:19499/api/v1/write\\": dial tcp 127.0.0.1:19499: connect: connection refused"',
    )
    expect(line).toMatchObject({
      time: '2026-11-23T03:18:46.386Z',
      level: 'warn',
      message: 'Failed to send batch, retrying',
      component: 'remote',
      queue: 'refused',
      url: 'http://127.0.0.1:19499/api/v1/write',
      error: 'Post "http://127.0.0.1:19499/api/v1/write": dial tcp 127.0.0.1:19499: connect: connection refused',
    })
  })

  it('is read as slog text (3.x), whose error ends in a line feed', () => {
    const line = parseLogLine(
      'time=2026-11-23T03:18:46.338Z level=ERROR source=queue_manager.go:1668 msg="non-recoverable error" component=remote remote_name=b906c0 url=http://h/api/v1/write failedSampleCount=2 err="server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver\\n"',
    )
    expect(line).toMatchObject({level: 'error', queue: 'b906c0', fields: {failedSampleCount: '2'}})
    expect(line.error).toMatch(/receiver$/)
  })

  it('is read as the JSON of both', () => {
    const old =
      '{"caller":"dedupe.go:112","component":"remote","count":2,"err":"x","level":"error","msg":"m","remote_name":"a","ts":"2026-11-23T03:18:46.391Z"}'
    const young =
      '{"time":"2026-11-23T03:18:46.405009661Z","level":"ERROR","source":"a.go:1","msg":"m","component":"remote","remote_name":"a","err":"x\\n","n":{"a":1}}'
    for (const line of [old, young]) {
      expect(parseLogLine(line)).toMatchObject({
        level: 'error',
        message: 'm',
        queue: 'a',
        component: 'remote',
        error: 'x',
      })
    }
    expect(parseLogLine(old).fields.count).toBe('2')
    expect(parseLogLine(young)).toMatchObject({time: '2026-11-23T03:18:46.405Z', fields: {n: '{"a":1}'}})
  })

  it("takes the WAL watcher's queue for its name", () => {
    expect(parseLogLine('ts=2026-11-23T03:18:46Z level=info msg="Replaying WAL" queue=good').queue).toBe('good')
  })

  it("takes the time that kubectl puts in front where the line has none, and the line's own where it has", () => {
    const plain = parseLogLine('2026-11-23T03:18:46.123456789Z panic: runtime error: index out of range')
    expect(plain).toMatchObject({
      time: '2026-11-23T03:18:46.123Z',
      level: 'error',
      message: 'panic: runtime error: index out of range',
    })
    const both = parseLogLine('2026-11-23T04:18:47.5+01:00 time=2026-11-23T03:18:46Z level=INFO msg=hello')
    expect(both).toMatchObject({time: '2026-11-23T03:18:46.000Z', level: 'info', message: 'hello'})
  })

  it.each([
    'The following flag(s) can not be used in agent mode: ["--storage.tsdb.path"]',
    'The following flag(s) can only be used in agent mode: ["--storage.agent.path"]',
    "prometheus: error: unknown long flag '--no-such'",
    "Error parsing command line arguments: unknown long flag '--no-such'",
    'fatal error: runtime: out of memory',
    'panic: assignment to entry in nil map',
    'E1123 03:18:46.123456       1 reflector.go:147] failed to list *v1.Pod',
  ])('is an error without a level of its own: %s', line => {
    expect(parseLogLine(line)).toMatchObject({level: 'error', message: line, error: null, queue: null})
  })

  it.each(['goroutine 1 [running]:', '', '{', '{"a":1}', '[1]', 'null', '=', '"', 'level', 'ts=', 'msg'])(
    'is of unknown level: %s',
    line => {
      expect(parseLogLine(line)).toMatchObject({level: 'unknown', message: line})
    },
  )

  it("undoes Go's escapes", () => {
    expect(parseLogLine('level=error msg="a\\tb\\\\c\\x1b[31m\\u00e9\\U0001F600\\q"').message).toBe(
      'a\tb\\c\u001b[31mé😀\\q',
    )
  })

  it('survives a quote that is never closed', () => {
    expect(parseLogLine('level=error msg="cut off in the mid')).toMatchObject({
      level: 'error',
      message: 'cut off in the mid',
    })
    expect(parseLogLine('level=error msg="cut off\\').message).toBe('cut off\\')
  })

  it('does not let a key named __proto__ reach anything', () => {
    expect(parseLogLine('level=info msg=a __proto__=b').message).toBe('a')
    expect(parseLogLine('{"level":"info","msg":"a","__proto__":{"x":1}}').message).toBe('a')
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  it('of 5 MB is read as far as 32 KiB, quickly', () => {
    const started = performance.now()
    for (const body of [
      'a'.repeat(5_000_000),
      '"a='.repeat(1_700_000),
      '\\'.repeat(5_000_000),
      '='.repeat(5_000_000),
    ]) {
      expect(parseLogLine(`level=error msg="${body}`).level).toBe('error')
      parseLogLine(body)
      parseLogLine(`{"level":"error","msg":"${body}"}`)
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('of thousands of brackets is plain text', () => {
    const line = `{"level":"error","msg":"a","x":${'['.repeat(16_000)}${']'.repeat(16_000)}}`
    expect(parseLogLine(line).message).toBe(line)
  })
})

describe.each(['2.42', '2.53', '3.5'])('the log of an agent %s', version => {
  it.each(['log', 'json.log'])('has a time, a level and a message on every line (%s)', form => {
    const lines = fixture(`${version}.${form}`).map(parseLogLine)
    expect(lines.length).toBeGreaterThan(30)
    for (const line of lines) {
      expect(line.time).toMatch(/^2026-11-23T03:(?:1[89]|20):\d\d\.\d{3}Z$/)
      expect(line.level).not.toBe('unknown')
    }
    expect(
      lines
        .filter(line => line.queue === 'refused' && line.level === 'warn')
        .every(line => line.error?.endsWith('connection refused')),
    ).toBe(true)
    expect(lines.some(line => line.error?.includes('remote write receiver needs to be enabled'))).toBe(true)
  })

  it('says what stopped its start', () => {
    const lines = fixture(`${version}.startup.log`).map(parseLogLine)
    const errors = lines.filter(line => line.level === 'error').map(line => line.error ?? line.message)
    expect(errors.join('\n')).toMatch(/agent mode: \["--storage.tsdb.path"\]/)
    expect(errors.join('\n')).toMatch(/unknown long flag '--no-such'/)
    expect(errors.join('\n')).toMatch(/field max_retries not found in type config.QueueConfig/)
    expect(errors.join('\n')).toMatch(/missing.yml: no such file or directory/)
  })
})
