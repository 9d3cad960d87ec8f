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
