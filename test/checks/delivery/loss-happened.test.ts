import {describe, expect, it} from 'vitest'
import type {LogShape} from '../../../src/evidence/types.ts'
import {aFailure, anAgent, aScrape, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'delivery/loss-happened'
const DAY = 86_400
const RATE = 180

function line(message: string, agoSeconds: number, more: Partial<LogShape> = {}): Partial<LogShape> {
  const at = timestamp(NOW - agoSeconds)
  return {level: 'error', message, count: 1, first: at, last: at, ...more}
}
const overtaken = (agoSeconds: number) =>
  line('error tailing WAL', agoSeconds, {error: 'open /prometheus/wal/00000003: no such file or directory'})
const retried = (from: number, to: number): Partial<LogShape> => ({
  ...{message: 'Failed to send batch, retrying', error: 'Post "http://central.example": connection refused'},
  ...{first: timestamp(NOW - from), last: timestamp(NOW - to), count: Math.ceil((from - to) / 60)},
})

/** A level agent of a day, of whose samples so many were never sent. */
function missing(samples: number, figures: {pending?: number; total?: number} = {}) {
  const scrapes = [10, 0].map(age => {
    const scraped = RATE * (DAY - age)
    const total = scraped - samples
    const queue = {total, bytes: total * 25, pending: 0, highestSent: NOW - age - 2, recordsRead: DAY - age, ...figures}
    const at = NOW - age
    return aScrape({at, uptime: DAY - age, samplesIn: scraped, highestTimestamp: at - 1, queues: [queue]})
  })
  return anAgent({scrapes})
}

describe(ID, () => {
  it('says from when to when a truncation took what was unsent', async () => {
    const result = judgedAgents(ID, anAgent({log: [overtaken(1200), retried(3300, 1260)]}))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('between 01:19 and 01:54')
    await expectWords(ID, result)
  })
  it('does not date the begin of it by where --since cut the log', () => {
    const {titles, findings} = judgedAgents(ID, anAgent({log: [overtaken(1200), retried(3590, 1260)]}))
    expect(titles[0]).toContain('until 01:54, from before 01:14')
    expect(findings[0]?.since).toBeUndefined()
  })
  it('is an error while the gap is open and nothing else shows why', () => {
    // Delivers again, and is not yet past the event.
    const last = {highestSent: NOW - 30, pending: 0}
    const agent = anAgent({queues: [{doing: 'delivering', last}], log: [overtaken(5)]})
    expect(judgedAgents(ID, agent).severities).toEqual(['error'])
    const held = anAgent({queues: [{doing: 'retrying', forSeconds: 900}], log: [overtaken(60), retried(900, 5)]})
    expect(judgedAgents(ID, held).severities).toEqual(['warning'])
  })
  it('counts what was scraped and never sent', async () => {
    const result = judgedAgents(ID, missing(600_000))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('about 600,000 samples')
    await expectWords(ID, result, 'unaccounted')
  })
  it('does not count what may be on its way: 90 s of samples, or 0.1 %', () => {
    // 0.1 % of a day's samples are 15,552; 90 s are 16,200.
    expect(judgedAgents(ID, missing(16_200))).toMatchObject({findings: [], judged: 1})
    expect(judgedAgents(ID, missing(16_201)).findings).toHaveLength(1)
  })
  it('does not count while the queue is behind, after a reload that may have built it anew, or on a server', () => {
    const late = anAgent({queues: [{doing: 'retrying', forSeconds: 3600}]})
    expect(judgedAgents(ID, late).findings).toEqual([])
    const reloaded = missing(600_000)
    for (const scrape of reloaded.evidence.scrapes)
      if (scrape.ok) scrape.value.text += `prometheus_config_last_reload_success_timestamp_seconds ${NOW - 7200}\n`
    expect(judgedAgents(ID, reloaded).findings).toEqual([])
    const server = missing(600_000)
    server.evidence.ready = {ok: true, at: timestamp(NOW), value: {status: 200, text: 'Prometheus Server is Ready.'}}
    expect(judgedAgents(ID, server).findings).toEqual([])
  })
  it('tells refusals that ended, and leaves those that go on to delivery/rejected', () => {
    const flat = {failed: 200_000}
    const refusal = line('non-recoverable error', 1800, {error: 'server returned HTTP status 400 Bad Request: x'})
    const ended = anAgent({queues: [{figures: flat}], log: [refusal]})
    expect(judgedAgents(ID, ended).severities).toEqual(['warning'])
    expect(judgedAgents(ID, ended).titles[0]).toContain('about 200,000 samples')
    expect(judgedAgents(ID, anAgent({queues: [{doing: 'failing'}]})).findings).toEqual([])
  })
  it('only remarks on few refusals of a time that nobody knows', () => {
    const share = (failed: number) => judgedAgents(ID, anAgent({queues: [{figures: {failed}}]})).severities
    expect(share(500)).toEqual(['info'])
    // 1 % of a day at 180/s: the window in which it was scraped first counts 1,800 less.
    expect(share(155_519)).toEqual(['info'])
    expect(share(155_520)).toEqual(['warning'])
  })
  it('reads from the log of the run before that the process ended in the middle of an outage', async () => {
    const flush = line('Failed to flush all samples on shutdown', 3605, {
      sample:
        'level=ERROR msg="Failed to flush all samples on shutdown" component=remote remote_name=central count=11999',
    })
    const previousLog = [{...retried(10_800, 3610)}, flush]
    const agent = anAgent({uptimeSeconds: 3600, previousLog})
    if (agent.evidence.previousLog.ok) agent.evidence.previousLog.value.last = timestamp(NOW - 3605)
    const result = judgedAgents(ID, agent)
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('at least 11,999 samples')
    await expectWords(ID, result, 'restart')
  })
  describe('of a queue that a reload replaced', () => {
    const former = {queue: 'd91b9d', url: 'http://user:secret@wrong.example/api/v1/write'}
    const flush = line('Failed to flush all samples on shutdown', 600, {
      ...former,
      sample:
        'level=error component=remote remote_name=d91b9d msg="Failed to flush all samples on shutdown" count=1017',
    })
    const given = line('non-recoverable error', 600, {
      ...former,
      error: 'context canceled',
      sample: 'level=error component=remote remote_name=d91b9d msg="non-recoverable error" count=2000',
    })
    it('adds up what it says, whatever its release calls it', () => {
      const sample =
        'level=ERROR msg="non-recoverable error" component=remote remote_name=d91b9d failedSampleCount=604 failedHistogramCount=0 failedExemplarCount=0 err="context canceled"'
      const result = judgedAgents(ID, anAgent({log: [flush, {...given, sample}]}))
      expect(result.titles[0]).toContain('at least 1,621 samples')
    })
    it('tells what it dropped, and that it was to go to another URL', async () => {
      const result = judgedAgents(ID, anAgent({log: [flush, given]}))
      expect(result.severities).toEqual(['warning'])
      expect(result.titles[0]).toContain('at least 3,017 samples')
      expect(result.words).not.toContain('secret')
      await expectWords(ID, result, 'former-queue')
    })
    it('tells it once for an agent of several queues', () => {
      const queues = [{name: 'a'}, {name: 'b', url: 'http://b.example/api/v1/write'}]
      const result = judgedAgents(ID, anAgent({queues, log: [flush]}))
      expect(result.titles).toHaveLength(1)
      expect(result.titles[0]).toContain('http://wrong.example/api/v1/write (it writes there no longer)')
    })
    it('is told with its own where a reload has left the queue its name, and its counters begin anew', () => {
      const own = {queue: 'central', url: null}
      const result = judgedAgents(
        ID,
        anAgent({
          log: [
            {...flush, ...own},
            {...given, ...own},
          ],
        }),
      )
      expect(result.titles[0]).toMatch(/for http:\/\/central\.example:9090\/api\/v1\/write at .*at least 3,017 samples/)
      const both = judgedAgents(ID, anAgent({log: [{...flush, ...own}, given]}))
      expect(both.findings[0]?.evidence.map(({value}) => value.split(',')[0])).toEqual([
        expect.stringContaining('at least 1'),
        expect.stringContaining('at least 2'),
      ])
    })
    it('is not told again where the counters of a queue that lives on hold it', () => {
      const own = (failed: number) =>
        judgedAgents(ID, anAgent({queues: [{figures: {failed}}], log: [{...flush, queue: 'central'}]}))
      expect(own(1017).findings[0]?.evidence.map(({what}) => what)).toEqual(['refused'])
      expect(
        own(1016)
          .findings[0]?.evidence.map(({what}) => what)
          .sort(),
      ).toEqual(['refused', 'skipped'])
    })
    it('is not told of a queue that is still there', () => {
      const queues = [{name: 'a'}, {name: 'b', url: 'http://b.example/api/v1/write'}]
      const own = judgedAgents(
        ID,
        anAgent({queues, log: [{...flush, queue: 'b', url: 'http://b.example/api/v1/write'}]}),
      )
      expect(own.titles).toHaveLength(1)
      expect(own.titles[0]).toContain('for http://b.example/api/v1/write at')
    })
  })
  it('does not blame the receiver for what a reload gives up, and counts it once', async () => {
    const stopping = line('Stopping remote storage...', 65, {level: 'info'})
    const given = line('non-recoverable error', 5, {error: 'context canceled'})
    const flush = line('Failed to flush all samples on shutdown', 5, {
      sample:
        'level=error component=remote remote_name=central msg="Failed to flush all samples on shutdown" count=1017',
    })
    const doing = {doing: 'retrying', forSeconds: 300} as const
    const agent = anAgent({
      queues: [{...doing, first: {failed: 0}, last: {failed: 3017}}],
      log: [stopping, given, flush],
    })
    const result = judgedAgents(ID, agent)
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('agent')
    expect(result.titles[0]).toMatch(/is losing data .*about 3,020 samples/)
    expect(judgedAgents('delivery/rejected', agent).findings).toEqual([])
    await expectWords(ID, result, 'stopping')
  })
  it('has in its headline what goes on, and below it what has been', () => {
    const log = [
      line('Failed to flush all samples on shutdown', 1800, {
        ...{queue: 'former', url: 'http://former.example/api/v1/write'},
        sample: 'level=error remote_name=former msg="Failed to flush all samples on shutdown" count=1017',
      }),
    ]
    const retrying = {doing: 'retrying', forSeconds: 900} as const
    const dropping = {...retrying, first: {dropped: {too_old: 400}}, last: {dropped: {too_old: 500}}}
    const result = judgedAgents(ID, anAgent({queues: [dropping], log}))
    expect(result.titles[0]).toMatch(
      /for http:\/\/central\.example:9090\/api\/v1\/write since 01:59: about 500 samples$/,
    )
    expect(result.findings[0]?.evidence.map(({what}) => what)).toEqual(['skipped', 'too-old'])
  })
  describe('by sample_age_limit', () => {
    it('is told when the outage is over, without a date', async () => {
      const result = judgedAgents(ID, anAgent({queues: [{figures: {dropped: {too_old: 5725}}}]}))
      expect(result.severities).toEqual(['warning'])
      expect(result.titles[0]).toMatch(/lost data .* at some time since .*5,730 samples/)
      await expectWords(ID, result, 'too-old')
    })
    it('goes on while the counter rises', () => {
      const retrying = {doing: 'retrying', forSeconds: 900} as const
      const dropped = (samples: number) => ({dropped: {too_old: samples}})
      const result = judgedAgents(ID, anAgent({queues: [{...retrying, first: dropped(400), last: dropped(500)}]}))
      expect(result.titles[0]).toMatch(/is losing data .* since 01:59: about 500 samples/)
      const more = judgedAgents(ID, anAgent({queues: [{...retrying, first: dropped(400), last: dropped(900_000)}]}))
      expect(more.titles[0]).toMatch(/is losing data .* since before 01:59: about 900,000 samples/)
    })
  })
  it('only remarks on a few samples of series that the queue does not know', () => {
    const dropped = (samples: number) =>
      judgedAgents(ID, anAgent({queues: [{figures: {dropped: {unintentionally_dropped_series: samples}}}]})).severities
    expect(dropped(0)).toEqual([])
    expect(dropped(500)).toEqual(['info'])
    expect(dropped(200_000)).toEqual(['warning'])
  })
  it('does not take what relabelling drops for a loss', () => {
    expect(judgedAgents(ID, anAgent({queues: [{figures: {dropped: {dropped_series: 9000}}}]})).findings).toEqual([])
  })
  it('does not take a blip at the end of the run before for an outage', () => {
    const agent = anAgent({uptimeSeconds: 3600, previousLog: [retried(3700, 3610)]})
    if (agent.evidence.previousLog.ok) agent.evidence.previousLog.value.last = timestamp(NOW - 3605)
    expect(judgedAgents(ID, agent).findings).toEqual([])
  })
  it.each(['2.42.0', '2.53.3', '3.5.0', '3.7.3'])('says nothing of a healthy %s', version => {
    expect(judgedAgents(ID, anAgent({version}))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
