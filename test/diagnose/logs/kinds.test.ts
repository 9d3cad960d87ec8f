import {describe, expect, it} from 'vitest'
import {groupLogs, type ShapesOfAgent} from '../../../src/diagnose/logs/kinds.ts'
import type {LogKind} from '../../../src/diagnose/logs/log-report.ts'
import {reportLogs} from '../../../src/diagnose/logs/report-logs.ts'
import {watchLogs} from '../../../src/diagnose/logs/watch.ts'
import type {LogShape} from '../../../src/evidence/types.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {createLogShapes} from '../../../src/facts/log/shapes.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {whenWords} from '../../../src/report/logs.ts'
import {aFailure, aFleet, aLogShape, anAgent, type BuiltAgent, NOW, timestamp} from '../../builders/evidence.ts'

const at = (secondsAgo: number) => timestamp(NOW - secondsAgo)
const place = {context: 'cluster2', namespace: 'monitoring', pod: 'agent-0', container: 'prometheus'}
const agent = (shapes: LogShape[], pod = 'agent-0'): ShapesOfAgent => ({
  place: {...place, pod},
  shapes,
  endSeconds: NOW,
  thresholds: THRESHOLDS,
})
const unauthorized = (shape: Partial<LogShape> = {}): LogShape =>
  aLogShape({
    level: 'error',
    message: 'non-recoverable error',
    error: 'server returned HTTP status 401 Unauthorized: no',
    ...{queue: 'a', component: 'remote', count: 5, first: at(300), last: at(60)},
    ...shape,
  })
const one = (kinds: LogKind[]): LogKind => {
  expect(kinds).toHaveLength(1)
  return kinds[0]!
}
const exitCode = (...agents: BuiltAgent[]) =>
  reportLogs(readFacts(aFleet({agents})), {previous: false, interruptedWith: null}).exitCode

describe('lines of one signature', () => {
  it('are one kind, whatever their bodies say, with the first and last time and the newest words', () => {
    const kind = one(
      groupLogs([
        agent([
          unauthorized({first: at(900), last: at(600), error: 'server returned HTTP status 401 Unauthorized: old'}),
          unauthorized({error: 'server returned HTTP status 401 Unauthorized: new'}),
        ]),
      ]),
    )
    expect(kind).toMatchObject({signature: 'unauthorized', cause: 'receiver/unauthorized', current: true, lines: 10})
    expect(kind.places).toHaveLength(1)
    expect(kind.places[0]).toMatchObject({
      first: at(900),
      last: at(60),
      lines: 10,
      error: expect.stringContaining('new'),
    })
  })
  it('are told apart by queue and agent, and counted together', () => {
    const kind = one(
      groupLogs([agent([unauthorized(), unauthorized({queue: 'b'})]), agent([unauthorized()], 'agent-1')]),
    )
    expect(kind.places.map(({pod, queue}) => `${pod} ${queue}`).sort()).toEqual(['agent-0 a', 'agent-0 b', 'agent-1 a'])
    expect(kind.lines).toBe(15)
  })
  it('keep the earliest and the latest time when the clock was set back', () => {
    const kind = one(groupLogs([agent([unauthorized({first: at(60), last: at(7200)})])]))
    expect(kind.places[0]).toMatchObject({first: at(7200), last: at(60)})
  })
})

describe('how often', () => {
  const words = (shape: Partial<LogShape>) => {
    const [found] = one(groupLogs([agent([unauthorized(shape)])])).places
    return whenWords(found!, {takenAt: timestamp(NOW)})
  }
  it('is at least once a minute when every repeat window had its line', () => {
    expect(words({count: 11, first: at(671), last: at(30)})).toBe('since 02:03, at least once a minute')
    expect(words({count: 11, first: at(1271), last: at(630)})).toBe('01:53-02:04, at least once a minute')
  })
  it('is at least the number of lines when they are further apart, and never less sure than that', () => {
    expect(words({count: 4, first: at(3000), last: at(600)})).toBe('01:24-02:04, at least 4 times')
    expect(words({count: 1, first: at(600), last: at(600)})).toBe('02:04, at least once')
  })
  it('is an exact count where nothing is held back', () => {
    const found = one(
      groupLogs([
        agent([
          aLogShape({
            ...{
              level: 'warn',
              component: 'scrape manager',
              queue: null,
              error: null,
              count: 7,
              first: at(600),
              last: at(200),
            },
            message: 'Error on ingesting out-of-order samples',
          }),
        ]),
      ]),
    )
    expect(whenWords(found.places[0]!, {takenAt: timestamp(NOW)})).toBe('02:04-02:11, 7 times')
  })
  it('is said without a time when no line has one', () => {
    expect(words({count: 2, first: null, last: null})).toBe('at least 2 times, at no known time')
  })
})

describe('lines that are not recognised', () => {
  const strange = (message: string, level: LogShape['level'] = 'error') =>
    aLogShape({level, message, queue: null, component: null, error: null, count: 1, first: at(60), last: at(60)})
  it('are grouped by shape and shown, when they are warnings or errors', () => {
    const kinds = groupLogs([agent([strange('disk 7 on fire'), strange('disk 8 on fire'), strange('strange', 'warn')])])
    expect(kinds.map(({signature, title}) => [signature, title])).toEqual([
      [null, 'disk 7 on fire'],
      [null, 'strange'],
    ])
  })
  it('are left out when they are chatter', () => {
    expect(groupLogs([agent([strange('all is well', 'info'), strange('goroutine 1 [running]:', 'unknown')])])).toEqual(
      [],
    )
  })
  it('of a write that is refused are an error all the same, each reason by itself', () => {
    const kinds = groupLogs([
      agent([unauthorized({error: 'the moon is full'}), unauthorized({error: 'the sun is out'})]),
    ])
    expect(kinds.map(({signature, cause}) => [signature, cause])).toEqual([
      ['send-refused', 'delivery/rejected'],
      ['send-refused', 'delivery/rejected'],
    ])
  })
})

describe('the order', () => {
  it('is what holds now, then what has ended, then remarks', () => {
    const started = aLogShape({
      ...{level: 'info', message: 'Starting Prometheus Agent', component: null, queue: null, error: null},
      ...{count: 1, first: at(60), last: at(60)},
    })
    const kinds = groupLogs([
      agent([
        started,
        unauthorized({first: at(3000), last: at(2000)}),
        unauthorized({error: 'server returned HTTP status 403 Forbidden: no'}),
      ]),
    ])
    expect(kinds.map(({signature}) => signature)).toEqual(['forbidden', 'unauthorized', 'started'])
  })
})

describe('the exit code', () => {
  it('is 1 while an error holds, 0 once it has ended', () => {
    expect(exitCode(anAgent({log: [unauthorized()]}))).toBe(1)
    expect(exitCode(anAgent({log: [unauthorized({first: at(3000), last: at(2000)})]}))).toBe(0)
  })
  it('is 0 for warnings and for a quiet log', () => {
    expect(exitCode(anAgent({log: []}))).toBe(0)
    expect(
      exitCode(
        anAgent({
          log: [
            unauthorized({message: 'Failed to send batch, retrying', level: 'warn', error: 'Post "http://h/w": EOF'}),
          ],
        }),
      ),
    ).toBe(0)
  })
  it('is 3 when a log could not be read or there is no agent, and 1 before that', () => {
    const unread = anAgent({pod: 'agent-1', log: aFailure('forbidden', 'no')})
    expect(exitCode(unread)).toBe(3)
    expect(exitCode(unread, anAgent({log: [unauthorized()]}))).toBe(1)
    expect(exitCode()).toBe(3)
  })
  it('of an interruption wins', () => {
    const facts = readFacts(aFleet({agents: [anAgent({log: [unauthorized()]})]}))
    expect(reportLogs(facts, {previous: false, interruptedWith: 130}).exitCode).toBe(130)
  })
})

describe('previous runs', () => {
  it('are read in place of the present ones, and none is no failure', () => {
    const died = anAgent({
      log: [unauthorized()],
      previousLog: [
        aLogShape({
          ...{level: 'error', queue: null, error: 'yaml: line 3'},
          message: 'Error loading config (--config.file=/a.yml)',
        }),
      ],
    })
    const previous = (built: BuiltAgent) =>
      reportLogs(readFacts(aFleet({agents: [built]})), {previous: true, interruptedWith: null})
    expect(previous(died).kinds.map(({signature}) => signature)).toEqual(['config-not-loaded'])
    expect(previous(anAgent({log: [unauthorized()]}))).toMatchObject({kinds: [], exitCode: 0})
  })
})

describe('a hostile log', () => {
  const shapesOf = (bytes: Buffer) => {
    const shapes = createLogShapes()
    for (let position = 0; position < bytes.length; position += 1000)
      shapes.push(bytes.subarray(position, position + 1000).toString('latin1'))
    return shapes.result()
  }
  const refused =
    'ts=2026-11-23T02:00:00.000Z caller=dedupe.go:112 component=remote level=error remote_name=a url=http://h/w msg="non-recoverable error" err="server returned HTTP status 401 Unauthorized: no"'
  it('without newlines is one line, recognised by its beginning', () => {
    const {shapes, lines} = shapesOf(Buffer.from(`${refused} ${'x'.repeat(300_000)}`))
    expect(lines).toBe(1)
    expect(groupLogs([agent(shapes)]).map(({signature}) => signature)).toEqual(['unauthorized'])
  })
  it('with NULs, invalid UTF-8 and several formats gives the kinds that can be read', () => {
    const json =
      '{"time":"2026-11-23T02:00:01Z","level":"ERROR","msg":"non-recoverable error","component":"remote","remote_name":"b","err":"server returned HTTP status 403 Forbidden: no\\n"}'
    const noise = Buffer.from([0, 0xff, 0xfe, 0xc3, 0x28, 0x0a, 0x1b, 0x5b, 0x0a])
    const {shapes} = shapesOf(
      Buffer.concat([noise, Buffer.from(`${refused}\n`), noise, Buffer.from(`${json}\n`), noise]),
    )
    expect(
      groupLogs([agent(shapes)])
        .map(({signature}) => signature)
        .sort(),
    ).toEqual(['forbidden', 'unauthorized'])
  })
})

describe('a watched log', () => {
  const refused = (queue = 'a') =>
    `ts=2026-11-23T02:00:00.000Z component=remote level=error remote_name=${queue} msg="non-recoverable error" err="server returned HTTP status 401 Unauthorized: no"`
  const minute = (minutes: number) => timestamp(NOW + minutes * 60)
  it('tells each kind once for each queue, and not its repetitions', () => {
    const watch = watchLogs()
    const events = [0, 1, 2, 3].flatMap(minutes => [
      watch(place, refused(), minute(minutes)),
      watch(place, refused('b'), minute(minutes)),
    ])
    expect(events.flatMap(event => (event ? [`${event.event} ${event.queue}`] : []))).toEqual(['new a', 'new b'])
  })
  it('tells when a kind comes back after it had ended, and since when it was gone', () => {
    const watch = watchLogs()
    watch(place, refused(), minute(0))
    expect(watch(place, refused(), minute(4))).toBeNull()
    expect(watch(place, refused(), minute(10))).toMatchObject({event: 'back', lastSeen: minute(4), at: minute(10)})
  })
  it('says nothing of ordinary lines, and something of unknown errors', () => {
    const watch = watchLogs()
    expect(watch(place, 'ts=2026-11-23T02:00:00Z level=info msg="Head GC completed"', minute(0))).toBeNull()
    expect(watch(place, 'ts=2026-11-23T02:00:00Z level=error msg="disk on fire"', minute(0))).toMatchObject({
      event: 'new',
      signature: null,
      title: 'disk on fire',
    })
  })
  it('does not come back because a clock was set back', () => {
    const watch = watchLogs()
    watch(place, refused(), minute(60))
    expect(watch(place, refused(), minute(0))).toBeNull()
  })
})
