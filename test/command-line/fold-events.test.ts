import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {type FoldedEvents, foldEvents} from '../../src/command-line/fold-events.ts'
import type {LogEvent} from '../../src/diagnose/logs/watch.ts'

let told: string[]
let folded: FoldedEvents

beforeEach(() => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']})
  told = []
  folded = foldEvents(
    ({pod, signature}) => void told.push(`${signature} ${pod}`),
    ({signature}, others) => void told.push(`${signature} too: ${others.map(({pod}) => pod).join(', ')}`),
  )
})
afterEach(() => {
  vi.useRealTimers()
})

function event(pod: string, more: Partial<LogEvent> = {}): LogEvent {
  return {
    ...{event: 'new', at: '2026-11-23T02:03:00.000Z', context: 'c', namespace: 'm', pod, container: 'p'},
    ...{queue: 'q', url: 'http://central:9090/api/v1/write', signature: 'refused', severity: 'error', cause: null},
    ...{title: 't', meaning: null, remedy: null, level: 'error', error: null, sample: 's', lastSeen: null},
    ...more,
  }
}

it('the first is told at once, and others that say the same 5 s later, together', () => {
  for (const pod of ['a', 'b', 'c']) folded.add(event(pod))
  expect(told).toEqual(['refused a'])
  vi.advanceTimersByTime(4999)
  expect(told).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(told).toEqual(['refused a', 'refused too: b, c'])
  folded.add(event('d'))
  expect(told.at(-1)).toBe('refused d')
})
it('one alone is told once', () => {
  folded.add(event('a'))
  vi.advanceTimersByTime(60_000)
  folded.end()
  expect(told).toEqual(['refused a'])
})
it('another host, another kind and a line that comes back are told for themselves', () => {
  folded.add(event('a'))
  folded.add(event('b', {url: 'http://other:9090/api/v1/write'}))
  folded.add(event('c', {signature: 'unauthorized'}))
  folded.add(event('d', {event: 'back'}))
  folded.add(event('e', {url: 'http://central:9090/another/path'}))
  folded.end()
  expect(told).toEqual(['refused a', 'refused b', 'unauthorized c', 'refused d', 'refused too: e'])
})
it('a second queue or container of the first’s own pod is told at once: nobody else would name it', () => {
  const alone = ({pod, queue, container}: LogEvent) => void told.push(`${pod} ${container} ${queue}`)
  folded = foldEvents(alone, (_, others) => void told.push(`too: ${others.map(({pod}) => pod).join(', ')}`))
  folded.add(event('a'))
  folded.add(event('a', {queue: 'r', url: 'http://central:9090/another/path'}))
  folded.add(event('a', {container: 'o'}))
  expect(told).toEqual(['a p q', 'a p r', 'a o q'])
  folded.add(event('a', {context: 'd'}))
  folded.add(event('a', {namespace: 'n'}))
  folded.end()
  expect(told.slice(3)).toEqual(['too: a, a'])
})
it('lines that are not recognised are all told, and so are those of another minute', () => {
  for (const pod of ['a', 'b']) folded.add(event(pod, {signature: null}))
  folded.add(event('c'))
  folded.add(event('d', {at: '2026-11-23T02:04:00.000Z'}))
  folded.add(event('e', {at: '2026-11-23T02:05:00.001Z'}))
  folded.end()
  expect(told).toEqual(['null a', 'null b', 'refused c', 'refused too: d', 'refused e'])
})
it('nothing that is held back is lost at the end', () => {
  for (const pod of ['a', 'b']) folded.add(event(pod))
  folded.end()
  folded.end()
  expect(told).toEqual(['refused a', 'refused too: b'])
  expect(vi.getTimerCount()).toBe(0)
})
