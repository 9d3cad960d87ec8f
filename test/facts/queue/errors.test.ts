import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import type {QueueFacts} from '../../../src/facts/types.ts'
import {type AgentOptions, aFleet, aLogShape, anAgent, NOW, timestamp} from '../../builders/evidence.ts'

function queueOf(options: AgentOptions): QueueFacts {
  return readFacts(aFleet({agents: [anAgent(options)]})).agents[0]!.queues[0]!
}

describe('the log', () => {
  const refused = {
    error: 'Post "http://central.example:9090/api/v1/write": dial tcp 10.1.2.3:9090: connect: connection refused',
  }
  const retrying = {doing: 'retrying' as const}
  it('gives the error that holds now, when it is young and the metrics agree', () => {
    const queue = queueOf({queues: [retrying], log: [refused]})
    expect(queue.errors).toMatchObject([{class: 'refused', current: true, fresh: true}])
  })
  it.each([
    [125, true],
    [126, false],
  ])('an error %d s before the end of the log is current: %s', (age, current) => {
    const queue = queueOf({queues: [retrying], log: [{...refused, last: timestamp(NOW - age)}]})
    expect(queue.errors).toMatchObject([{current, fresh: true}])
  })
  it('an error of the first seconds of a healthy queue is not current, however young', () => {
    expect(queueOf({log: [refused]}).errors).toMatchObject([{class: 'refused', current: false}])
  })
  it('a hanging queue that never sent anything has its time-out as the current error, though no retry fell into the window', () => {
    const figures = {total: 500, retried: 500, bytes: 0, pending: 900, highestSent: null}
    const queue = queueOf({queues: [{figures}], log: [{error: 'context deadline exceeded'}]})
    expect(queue.errors).toMatchObject([{class: 'timed-out', current: true}])
  })
  describe('where the receiver asked to wait and its answer is not logged yet', () => {
    const asked = {
      level: 'info' as const,
      message: 'Retrying after duration specified by Retry-After header',
      error: null,
      sample:
        'level=INFO msg="Retrying after duration specified by Retry-After header" remote_name=central duration=10m',
    }
    const waiting = [{doing: 'hanging' as const}]
    const askedAgo = (seconds: number) => ({...asked, last: timestamp(NOW - seconds)})
    it.each([
      ['', 'unavailable'],
      ['queue_config: {retry_on_http_429: true}', 'rate-limited'],
    ])('with %j the answer was one that is tried again: %s', (remoteWriteYaml, errorClass) => {
      const queue = queueOf({queues: waiting, remoteWriteYaml, log: [askedAgo(300)]})
      expect(queue.errors).toMatchObject([{class: errorClass, current: true, retryAfterSeconds: 600}])
    })
    it('is what it was the time before, where that is logged', () => {
      const error = 'server returned HTTP status 502 Bad Gateway: <html>'
      const queue = queueOf({queues: waiting, log: [askedAgo(300), {error, last: timestamp(NOW - 300)}]})
      expect(queue.errors).toMatchObject([
        {class: 'bad-gateway', current: true},
        {class: 'bad-gateway', current: false},
      ])
    })
    it('adds nothing to an answer that is logged and young', () => {
      const error = 'server returned HTTP status 429 Too Many Requests: '
      const queue = queueOf({queues: waiting, log: [askedAgo(10), {error, last: timestamp(NOW - 10)}]})
      expect(queue.errors).toMatchObject([{class: 'rate-limited', retryAfterSeconds: null}])
    })
    it('is over two minutes after the wait, exactly', () => {
      expect(queueOf({queues: waiting, log: [askedAgo(725)]}).errors).toHaveLength(1)
      expect(queueOf({queues: waiting, log: [askedAgo(726)]}).errors).toEqual([])
    })
    it('holds no longer once batches are finished', () => {
      expect(queueOf({log: [askedAgo(5)]}).errors).toMatchObject([{current: false}])
    })
    it('reads the JSON form, and takes a duration that it cannot read for none', () => {
      const sample = '{"msg":"Retrying after duration specified by Retry-After header","duration":"1h0m5s"}'
      expect(queueOf({queues: waiting, log: [{...askedAgo(5), sample}]}).errors).toMatchObject([
        {retryAfterSeconds: 3605},
      ])
      const broken = {...askedAgo(5), sample: 'duration=soon'}
      expect(queueOf({queues: waiting, log: [broken]}).errors).toMatchObject([{retryAfterSeconds: 0}])
    })
  })
  it('never lends an error to another queue', () => {
    const queue = queueOf({
      queues: [retrying],
      log: [
        {...refused, queue: 'other'},
        {...refused, queue: null},
      ],
    })
    expect(queue.errors).toEqual([])
  })
  it('a refusal is current while samples fail, and while nothing was tried since', () => {
    const refusal = {
      message: 'non-recoverable error',
      level: 'error' as const,
      error: 'server returned HTTP status 401 Unauthorized: x',
    }
    expect(queueOf({queues: [{doing: 'failing'}], log: [refusal]}).errors).toMatchObject([
      {class: 'unauthorized', current: true},
    ])
    expect(queueOf({log: [refusal]}).errors).toMatchObject([{current: false}])
    const quiet = {total: 5000, failed: 50, bytes: 10, highestSent: NOW - 20}
    expect(queueOf({queues: [{figures: quiet}], log: [refusal]}).errors).toMatchObject([{current: true}])
    // What is tried again now is not refused, where the receiver took most of what it ever answered.
    const lately = {...refusal, last: timestamp(NOW - 60)}
    const retryingAfter = (failed: number) => ({
      doing: 'retrying' as const,
      forSeconds: 40,
      figures: {total: 5000, failed},
    })
    expect(queueOf({queues: [retryingAfter(500)], log: [lately]}).errors).toMatchObject([{current: false}])
  })
  it('errors of sending metadata are no errors of sending samples', () => {
    const metadata = {message: 'non-recoverable error while sending metadata', error: 'context canceled'}
    expect(queueOf({queues: [{doing: 'failing'}], log: [metadata]}).errors).toEqual([])
  })
  it('newest first', () => {
    const log = [
      {...refused, last: timestamp(NOW - 50)},
      {...refused, error: 'EOF', last: timestamp(NOW - 10)},
    ]
    expect(queueOf({queues: [retrying], log}).errors.map(({text}) => text)).toEqual(['EOF', refused.error])
  })
})

describe('the tailing error', () => {
  const tailing = aLogShape({
    ...{
      level: 'error',
      message: 'error tailing WAL',
      error: 'open /prometheus/wal/00000003: no such file or directory',
    },
    ...{last: timestamp(NOW - 300)},
  })
  it('is loss until the queue has delivered past it', () => {
    const blocked = queueOf({queues: [{doing: 'retrying', forSeconds: 900}], log: [tailing]})
    expect(blocked).toMatchObject({
      tailingErrorAt: timestamp(NOW - 300),
      lossClock: {status: 'lost', earliestSeconds: 0},
    })
    expect(queueOf({log: [tailing]})).toMatchObject({
      tailingErrorAt: timestamp(NOW - 300),
      lossClock: {status: 'not-needed'},
    })
  })
  it('of an earlier process counts no more', () => {
    expect(queueOf({uptimeSeconds: 120, log: [tailing]}).tailingErrorAt).toBeNull()
  })
  it('without a name is that of the only queue, and of none when there are two', () => {
    expect(queueOf({log: [{...tailing, queue: null}]}).tailingErrorAt).toBe(timestamp(NOW - 300))
    expect(queueOf({queues: [{}, {name: 'other'}], log: [{...tailing, queue: null}]}).tailingErrorAt).toBeNull()
  })
})
