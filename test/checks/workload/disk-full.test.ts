import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, aScrape, collected, NOW, type QueueStory, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/disk-full'
const MEBIBYTE = 2 ** 20
const line = {
  ...{level: 'warn' as const, message: 'Scrape commit failed', queue: null},
  error: 'write to WAL: log samples: write /prometheus/wal/00000004: no space left on device',
}

function failedWrites(first: number, last: number) {
  const agent = anAgent()
  agent.evidence.scrapes = [
    {ok: true, at: timestamp(NOW - 10), value: aScrape({at: NOW - 10, uptime: 86_390, writesFailed: first})},
    {ok: true, at: timestamp(NOW), value: aScrape({at: NOW, writesFailed: last})},
  ]
  return agent
}

/** Holds 300 MiB, and writes 32 pages of 32 KiB a second; truncated 2 h after its start. */
function growing({
  capacityMebibytes,
  pagesInWindow = 320,
  uptimeSeconds = 1800,
  queues = [{}],
}: {
  capacityMebibytes: number
  pagesInWindow?: number
  uptimeSeconds?: number
  queues?: QueueStory[]
}) {
  const volumes = [{name: 'db', kind: 'claim' as const, claim: 'db-agent-0', mountPath: '/prometheus'}]
  const figures = {completedPages: 32 * uptimeSeconds, walBytes: 300 * MEBIBYTE}
  const agent = anAgent({uptimeSeconds, queues, figures, podStatus: {volumes}})
  const capacityBytes = capacityMebibytes * MEBIBYTE
  agent.evidence.claims = collected([{name: 'db-agent-0', phase: 'Bound', capacityBytes, storageClass: null}])
  const [first] = agent.evidence.scrapes
  if (first?.ok) {
    const before = `wal_completed_pages_total ${32 * uptimeSeconds - pagesInWindow}`
    first.value.text = first.value.text.replace(/wal_completed_pages_total \d+/, before)
  }
  return agent
}

describe(ID, () => {
  it('is an error by the words of the log, though everything else looks healthy', async () => {
    const result = judgedAgents(ID, anAgent({log: [line], figures: {writesFailed: 1200}}))
    expect(result.severities).toEqual(['error'])
    expect(result.titles[0]).toContain('no space left on its volume')
    await expectWords(ID, result)
  })
  it('is an error from the first write that fails within the window', () => {
    expect(judgedAgents(ID, failedWrites(7, 7)).findings).toEqual([])
    expect(judgedAgents(ID, failedWrites(7, 8)).severities).toEqual(['error'])
  })
  it('warns when the WAL fills its volume before the next truncation, and while a queue is held up that is an error', async () => {
    const healthy = judgedAgents(ID, growing({capacityMebibytes: 512}))
    expect(healthy.severities).toEqual(['warning'])
    await expectWords(ID, healthy, 'growing')
    const heldUp = growing({capacityMebibytes: 512, queues: [{doing: 'retrying', forSeconds: 600}]})
    expect(judgedAgents(ID, heldUp).severities).toEqual(['error'])
  })
  it('does not when the truncation comes first, exactly', () => {
    // 90 min are left, in which nine tenths of 32 pages a second write 4,860 MiB.
    expect(judgedAgents(ID, growing({capacityMebibytes: 300 + 4859})).findings).toHaveLength(1)
    expect(judgedAgents(ID, growing({capacityMebibytes: 300 + 4860})).findings).toEqual([])
  })
  it('does not when it grew then and hardly grows now, nor in the first ten minutes', () => {
    expect(judgedAgents(ID, growing({capacityMebibytes: 512, pagesInWindow: 1})).findings).toEqual([])
    expect(judgedAgents(ID, growing({capacityMebibytes: 512, uptimeSeconds: 599})).findings).toEqual([])
  })
  it('does not take the full disk of a receiver, which its answer names, for that of the agent', () => {
    for (const message of ['Failed to send batch, retrying', 'non-recoverable error']) {
      const error =
        'server returned HTTP status 500 Internal Server Error: write /wal/00000012: no space left on device'
      expect(judgedAgents(ID, anAgent({log: [{...line, message, error}]})).findings).toEqual([])
    }
  })
  it('does not mind a line older than five minutes once writes work again', () => {
    const log = [{...line, last: timestamp(NOW - 301)}]
    expect(judgedAgents(ID, anAgent({log, figures: {writesFailed: 1200}})).findings).toEqual([])
  })
  it('says nothing of a healthy agent', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})
