import {describe, expect, it} from 'vitest'
import {readFacts} from '../../../src/facts/facts.ts'
import type {QueueFacts} from '../../../src/facts/types.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  anAgent,
  aScrape,
  NOW,
  type QueueFigures,
  type ScrapeFigures,
  timestamp,
} from '../../builders/evidence.ts'

function queueOf(options: AgentOptions): QueueFacts {
  return readFacts(aFleet({agents: [anAgent(options)]})).agents[0]!.queues[0]!
}

/** Scrapes 10 s apart, the last one at NOW; each takes up where the one before left off. */
function scrapes(version: string, ...all: (ScrapeFigures & {queue: QueueFigures})[]): AgentOptions {
  const first = NOW - 10 * (all.length - 1)
  return {
    version,
    scrapes: all.map(({queue, ...figures}, index) => {
      const at = first + 10 * index
      return aScrape({version, at, uptime: 86_400 + 10 * index, highestTimestamp: at - 1, ...figures, queues: [queue]})
    }),
  }
}

describe.each(['2.42.0', '2.53.3', '3.5.0', '3.8.0'])('a queue of Prometheus %s', version => {
  it('that delivers all it is given', () => {
    const queue = queueOf({version})
    expect(queue).toMatchObject({
      ...{interval: 'valid', finished: true, blocked: false, late: false},
      ...{
        delivered: 1800,
        deliveredPerSecond: 180,
        offeredPerSecond: 180,
        failureRatio: 0,
        retryRatio: 0,
        bytesPerSecond: 4500,
      },
      ...{
        lagSeconds: 1,
        lagSource: 'appended-minus-sent',
        catchUp: {verdict: 'yes'},
        lossClock: {status: 'not-needed'},
      },
      lastDeliveredAt: timestamp(NOW - 2),
    })
  })
  it('that is empty has no lag and nothing to lose', () => {
    const queue = queueOf({version, queues: [{doing: 'idle'}]})
    expect(queue).toMatchObject({nothingWaiting: true, lagSeconds: 0, restartCost: {seconds: 0, samples: 0}})
  })
  it('that retries everything for 15 min is blocked, with the lag of what was appended', () => {
    const queue = queueOf({version, queues: [{doing: 'retrying', forSeconds: 900}]})
    expect(queue).toMatchObject({
      ...{blocked: true, blockedBy: 'retries', finished: false, delivered: 0, retryRatio: 1, failureRatio: null},
      ...{
        lagSeconds: 899,
        late: true,
        catchUp: {seconds: null, verdict: 'never'},
        lastDeliveredAt: timestamp(NOW - 900),
      },
      restartCost: {seconds: 900, samples: 899 * 180},
    })
  })
  it('that is behind by less than the interval of its rarest job would lose what waits, and not what comes in an average minute', () => {
    const lost = (every: number) =>
      queueOf({
        version,
        scrapeIntervalSeconds: every,
        queues: [{doing: 'retrying', forSeconds: 200, last: {pending: 5}}],
      }).restartCost.samples
    expect([lost(300), lost(199), lost(198)]).toEqual([5, 5, 199 * 180])
  })
  it('that never delivered has a lag of at least its uptime, and no S to subtract', () => {
    const queue = queueOf({version, uptimeSeconds: 600, queues: [{doing: 'retrying', forSeconds: 3600}]})
    expect(queue).toMatchObject({
      highestSentSeconds: null,
      lastDeliveredAt: null,
      lagSeconds: 600,
      lagSource: 'uptime-lower-bound',
    })
  })
  it('whose samples are all refused has no lag, and says so by its failures', () => {
    const queue = queueOf({version, queues: [{doing: 'failing'}]})
    expect(queue).toMatchObject({lagSeconds: 1, failureRatio: 1, delivered: 0, blocked: false, lastDeliveredAt: null})
  })
  it('that drops everything by relabelling is offered nothing', () => {
    const queue = queueOf({version, queues: [{doing: 'dropping'}]})
    expect(queue).toMatchObject({offeredPerSecond: 0, lagSeconds: 0, nothingWaiting: true, highestSentSeconds: null})
    expect(Object.values(queue.levels.dropped)).toEqual([180 * 86_400])
  })
})

describe('counters', () => {
  it('are summed over samples and native histograms', () => {
    const before = {total: 1000, histograms: {total: 500, failed: 0, pending: 0}}
    const after = {
      total: 1100,
      failed: 10,
      pending: 5,
      bytes: 9,
      histograms: {total: 550, retried: 20, failed: 5, pending: 7},
    }
    const queue = queueOf(scrapes('3.5.0', {queue: before}, {queue: after}))
    expect(queue.levels).toMatchObject({total: 1650, retried: 20, failed: 15, pending: 12})
    expect(queue.delta).toMatchObject({total: 150, retried: 20, failed: 15})
    expect(queue.delivered).toBe(115)
  })
  it('that appear late count from nothing', () => {
    const queue = queueOf(scrapes('3.5.0', {queue: {recordsRead: 0}}, {queue: {recordsRead: 7, dropped: {too_old: 3}}}))
    expect(queue.delta).toMatchObject({recordsRead: 7, dropped: {too_old: 3}})
  })
  it('the first sent timestamp makes a finished window', () => {
    const queue = queueOf(scrapes('2.53.0', {queue: {highestSent: null}}, {queue: {highestSent: NOW - 5}}))
    expect(queue.finished).toBe(true)
    expect(queue.interval).toBe('valid')
  })
})

describe('the lag', () => {
  it('of a blocked queue of 3.7 and later does not follow its own frozen timestamp', () => {
    const queue = {pending: 11_999, highestSent: NOW - 901, highestEnqueued: NOW - 896}
    const facts = queueOf(
      scrapes('3.8.0', {queue: {...queue, retried: 400}}, {queue: {...queue, retried: 800, total: 400}}),
    )
    expect(facts).toMatchObject({lagSeconds: 900, blockedBy: 'retries'})
  })
  it('of a narrow keep-list is 0 while its queue is empty', () => {
    const queue = {pending: 0, highestSent: NOW - 201}
    const facts = queueOf(
      scrapes(
        '3.5.0',
        {samplesIn: 0, queue: {...queue, recordsRead: 5}},
        {samplesIn: 900, queue: {...queue, recordsRead: 6}},
      ),
    )
    expect(facts).toMatchObject({lagSeconds: 0, lagSource: 'nothing-waiting', late: false, blocked: false})
  })
  it('is the same when the agent clock is 10 minutes wrong, since all its times share that clock', () => {
    const right = queueOf({queues: [{doing: 'retrying', forSeconds: 900}]})
    for (const clockSkewSeconds of [-600, 600]) {
      const wrong = queueOf({clockSkewSeconds, queues: [{doing: 'retrying', forSeconds: 900}]})
      expect(wrong).toMatchObject({lagSeconds: right.lagSeconds, blockedBy: 'retries', restartCost: right.restartCost})
    }
  })
  it('is not known while a target exposes future timestamps, and the outage is seen all the same', () => {
    const future = {highestSent: NOW + 500, pending: 11_999}
    const facts = queueOf(
      scrapes(
        '3.5.0',
        {highestTimestamp: NOW + 500, queue: {...future, total: 500, retried: 400}},
        {highestTimestamp: NOW + 500, queue: {...future, total: 900, retried: 800}},
      ),
    )
    expect(facts).toMatchObject({
      clockFooled: true,
      lagSeconds: null,
      late: false,
      blockedBy: 'retries',
      lastDeliveredAt: null,
    })
    expect(facts.restartCost).toEqual({seconds: null, samples: null})
  })
  describe('of a queue that never sent, after a reload 300 s ago', () => {
    const dead: AgentOptions = {queues: [{doing: 'retrying', forSeconds: 1e6}], figures: {lastReloadAt: NOW - 300}}
    const start = (queue: string, age: number) => {
      return {message: 'Starting WAL watcher', level: 'info' as const, queue, last: timestamp(NOW - age)}
    }
    it('is at least the time since then, where the log does not reach back', () => {
      expect(queueOf({...dead, log: aFailure('forbidden')})).toMatchObject({lagSeconds: 300, late: true})
    })
    it('is that of the log, where that shows no queue being built', () => {
      expect(queueOf(dead).lagSeconds).toBe(3600)
      expect(queueOf({...dead, uptimeSeconds: 3610}).lagSeconds).toBe(3610)
    })
    it('is that of the queue that the log shows being built', () => {
      expect(queueOf({...dead, log: [start('central', 299)]}).lagSeconds).toBe(299)
      expect(queueOf({...dead, version: '2.53.0', log: [start('other', 299)]}).lagSeconds).toBe(3600)
    })
    it("may be that of another queue's line on 3.x, which prints a message once for all queues", () => {
      expect(queueOf({...dead, log: [start('other', 299)]}).lagSeconds).toBe(299)
    })
    it('is the uptime when the reload is that of the start', () => {
      expect(queueOf({...dead, figures: {lastReloadAt: NOW - 86_390}})).toMatchObject({lagSeconds: 86_400})
    })
  })
  it.each([
    [15, 119, false],
    [15, 120, true],
    [300, 599, false],
    [300, 600, true],
  ])('with a scrape interval of %d s, %d s behind is late: %s', (scrapeIntervalSeconds, seconds, late) => {
    expect(queueOf({scrapeIntervalSeconds, queues: [{figures: {highestSent: NOW - 1 - seconds}}]}).late).toBe(late)
  })
})

describe('one scrape', () => {
  it('has levels and no rates', () => {
    const queue = queueOf({intervalSeconds: 0})
    expect(queue).toMatchObject({
      interval: 'single-scrape',
      delta: null,
      delivered: null,
      failureRatio: null,
      nothingWaiting: false,
    })
    expect(queue).toMatchObject({lagSeconds: 1, blocked: false, offeredPerSecond: null, before: null})
  })
})

describe('a restart between the scrapes', () => {
  const late = {uptime: 7200, queue: {total: 5000, retried: 4000, pending: 900, highestSent: NOW - 700}}
  const fine = {uptime: 7200, queue: {total: 5000, pending: 900, highestSent: NOW - 13}}
  const fresh = {uptime: 4, queue: {total: 0, pending: 0, highestSent: null}}
  it('leaves the levels and no differences', () => {
    const queue = queueOf(scrapes('3.5.0', fine, fresh))
    expect(queue).toMatchObject({
      interval: 'restarted',
      delta: null,
      before: {late: false, atSeconds: NOW - 10},
      levels: {total: 0},
    })
    expect(queue.lossClock.status).toBe('not-needed')
  })
  it('while late is loss that goes on until S has passed the restart', () => {
    expect(queueOf(scrapes('3.5.0', late, fresh))).toMatchObject({
      before: {late: true},
      lossClock: {status: 'lost', latestSeconds: 0},
    })
    const recovered = {uptime: 4, queue: {total: 900, bytes: 9, pending: 0, highestSent: NOW - 1}}
    expect(queueOf(scrapes('3.5.0', late, recovered))).toMatchObject({
      before: {late: true},
      lossClock: {status: 'not-needed'},
    })
  })
  it('is late only when something waited: a narrow keep-list is not', () => {
    const narrow = {uptime: 7200, queue: {total: 5000, pending: 0, highestSent: NOW - 700}}
    expect(queueOf(scrapes('3.5.0', narrow, fresh)).before).toMatchObject({late: false})
  })
  it('with a third scrape gives the differences since the restart', () => {
    const later = {uptime: 14, queue: {total: 900, bytes: 9, pending: 0, highestSent: NOW - 3}}
    const queue = queueOf(scrapes('3.5.0', late, fresh, later))
    expect(queue).toMatchObject({
      interval: 'restarted',
      delta: {seconds: 10, total: 900},
      delivered: 900,
      before: {late: true},
    })
  })
})

describe('a queue rebuilt by a reload', () => {
  const before = {total: 5000, retried: 0, bytes: 100, pending: 10, highestSent: NOW - 13}
  it.each([
    ['a counter that falls', {total: 20, bytes: 1, highestSent: NOW - 3}],
    ['an S that is unset again', {total: 6000, bytes: 200, highestSent: null}],
    ['another URL', {total: 6000, bytes: 200, highestSent: NOW - 3, url: 'http://other:9090/api/v1/write'}],
  ])('is told by %s, while the process goes on', (_, after) => {
    const queue = queueOf(scrapes('3.5.0', {queue: before}, {queue: after}))
    expect(queue).toMatchObject({interval: 'rebuilt', delta: null, before: {late: false, highestSentSeconds: NOW - 13}})
    expect(queue.lossClock.status).not.toBe('lost')
  })
  it('under another name: an unnamed queue is called by its settings', () => {
    const after = {name: '7b9425', total: 20, highestSent: NOW - 3}
    const queue = queueOf(scrapes('3.5.0', {queue: {...before, name: '0aa1f3'}}, {queue: after}))
    expect(queue).toMatchObject({interval: 'rebuilt', before: {highestSentSeconds: NOW - 13}})
  })
  it('while late has skipped what waited', () => {
    const late = {...before, pending: 11_999, highestSent: NOW - 900}
    const queue = queueOf(scrapes('3.5.0', {queue: late}, {queue: {total: 0, highestSent: null}}))
    expect(queue).toMatchObject({interval: 'rebuilt', before: {late: true}, lossClock: {status: 'lost'}})
  })
})

describe('three scrapes', () => {
  it('make one window from the first to the last', () => {
    const [a, b, c] = [0, 10, 30].map(n => ({queue: {total: n, bytes: n, highestSent: NOW - 20}}))
    expect(queueOf(scrapes('3.5.0', a!, b!, c!)).delta).toMatchObject({seconds: 20, total: 30})
  })
  it('a scrape that failed in between changes nothing', () => {
    const options = scrapes('3.5.0', {queue: {total: 0}}, {queue: {total: 10}}, {queue: {total: 30, bytes: 1}})
    options.scrapes![1] = aFailure('timeout')
    expect(queueOf(options)).toMatchObject({interval: 'valid', delta: {seconds: 20, total: 30}})
  })
})

describe('catching up', () => {
  const behind = {bytes: 100, pending: 9000}
  it('takes lag / (delivered / offered - 1)', () => {
    const queue = queueOf({
      scrapeIntervalSeconds: 10,
      queues: [
        {
          first: {...behind, total: 0, highestSent: NOW - 2441},
          last: {...behind, bytes: 200, total: 5400, highestSent: NOW - 2401},
        },
      ],
    })
    expect(queue).toMatchObject({lagSeconds: 2400, late: true, catchUp: {seconds: 1200, verdict: 'yes'}})
  })
  it('never ends while no more is delivered than offered', () => {
    const queue = queueOf({
      scrapeIntervalSeconds: 10,
      queues: [
        {
          first: {...behind, total: 0, highestSent: NOW - 2411},
          last: {...behind, bytes: 200, total: 1800, highestSent: NOW - 2401},
        },
      ],
    })
    expect(queue.catchUp).toEqual({seconds: null, verdict: 'never'})
  })
  it('is not known from one scrape', () => {
    const queue = queueOf({intervalSeconds: 0, queues: [{figures: {highestSent: NOW - 2400}}]})
    expect(queue.catchUp.verdict).toBe('unknown')
  })
})

describe('identity', () => {
  it('the URL carries no credentials', () => {
    const queue = queueOf({queues: [{url: 'http://user:xxxxx@central.example/api/v1/write'}]})
    expect(queue.url).toBe('http://central.example/api/v1/write')
    expect(queue.endpoint?.address).toBe('http://central.example/api/v1/write')
    expect(queue.config?.auth).toBe('basic')
  })
  it('mean duration of a request over the window, and none where releases measure nothing', () => {
    const story = {first: {batches: {count: 10, seconds: 1}}, last: {batches: {count: 14, seconds: 3}}}
    expect(queueOf({queues: [story]}).batchSeconds).toBe(0.5)
    expect(queueOf({version: '3.9.1', queues: [story]}).batchSeconds).toBeNull()
  })
})
