import {describe, expect, it} from 'vitest'
import type {LogShape} from '../../../src/evidence/types.ts'
import {stoppingSince} from '../../../src/facts/queue/stopping.ts'
import {aLogShape, NOW, timestamp} from '../../builders/evidence.ts'

function since(...lines: [message: string, ageSeconds: number, more?: Partial<LogShape>][]) {
  const shapes = lines.map(([message, age, more]) => aLogShape({message, last: timestamp(NOW - age), ...more}))
  return stoppingSince({read: true, endSeconds: NOW, cutSeconds: null, shapes, previousShapes: []}, {name: 'central'})
}

describe('a queue that is being stopped', () => {
  const stopping: [string, number] = ['Stopping remote storage...', 60]
  it('is one that said so and nothing after it', () => {
    expect(since(stopping)).toBe(timestamp(NOW - 60))
    expect(since(['Remote storage stopped.', 61], stopping)).toBe(timestamp(NOW - 60))
    expect(since()).toBeNull()
  })
  it.each(['Remote storage stopped.', 'Starting WAL watcher', 'Completed loading of configuration file'])(
    'is stopped after "%s"',
    message => {
      expect(since(stopping, [message, 59])).toBeNull()
    },
  )
  it('is not another queue', () => {
    expect(since(['Stopping remote storage...', 60, {queue: 'other'}])).toBeNull()
    expect(since(stopping, ['Remote storage stopped.', 59, {queue: 'other'}])).toBe(timestamp(NOW - 60))
  })
  it('is over when the reload is, whose lines name no queue', () => {
    expect(since(stopping, ['Completed loading of configuration file', 59, {queue: null}])).toBeNull()
  })
})
