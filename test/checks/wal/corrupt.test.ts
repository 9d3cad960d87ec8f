import {describe, expect, it} from 'vitest'
import type {LogShape} from '../../../src/evidence/types.ts'
import {type AgentOptions, aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'wal/corrupt'
/** As 3.5 says it when a byte of a segment was flipped. */
function repair(agoSeconds: number): Partial<LogShape> {
  const at = timestamp(NOW - agoSeconds)
  return {
    ...{
      level: 'warn',
      message: 'encountered WAL read error, attempting repair',
      queue: null,
      url: null,
      component: null,
    },
    ...{error: 'corruption in segment /prometheus/wal/00000002 at 32768: unexpected checksum', count: 1},
    ...{first: at, last: at},
  }
}
const said = (shape: Partial<LogShape>, more: AgentOptions = {}) => anAgent({log: [shape], ...more})

describe(ID, () => {
  it('is an error when the WAL was repaired within the hour', async () => {
    const result = judgedAgents(ID, said(repair(600)))
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it('is a warning from an hour on', () => {
    expect(judgedAgents(ID, said(repair(3600))).severities).toEqual(['error'])
    expect(judgedAgents(ID, said(repair(3601))).severities).toEqual(['warning'])
  })
  it('is a warning for the debris of an unclean end', () => {
    const shape = {...repair(60), message: 'found sample referencing non-existing series', error: null}
    expect(judgedAgents(ID, said(shape)).severities).toEqual(['warning'])
  })
  it('counts damage that no line tells of: an error while it is new', () => {
    expect(judgedAgents(ID, anAgent({figures: {corruptions: 1}})).severities).toEqual(['warning'])
    expect(judgedAgents(ID, anAgent({figures: {corruptions: 1}, uptimeSeconds: 3600})).severities).toEqual(['error'])
  })
  it('does not stand above a reason that is seen for what is wrong', () => {
    const refusal: Partial<LogShape> = {
      ...{level: 'error', message: 'non-recoverable error', error: 'server returned HTTP status 401 Unauthorized: '},
    }
    const agent = anAgent({queues: [{doing: 'failing'}], log: [repair(60), refusal]})
    expect(judgedAgents(ID, agent).severities).toEqual(['warning'])
  })
  it('leaves a reader that truncation overtook to delivery/loss-happened, and torn pages alone', () => {
    const overtaken = {
      ...repair(60),
      ...{level: 'error' as const, message: 'error tailing WAL', queue: 'central'},
      error: 'open /prometheus/wal/00000003: no such file or directory',
    }
    expect(judgedAgents(ID, said(overtaken)).findings).toEqual([])
    const torn = {...repair(60), message: 'Last page of the wlog is torn, filling it with zeros', error: null}
    expect(judgedAgents(ID, said(torn)).findings).toEqual([])
  })
  it('says nothing of a WAL in order, though the log cannot be read', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
    expect(judgedAgents(ID, anAgent({log: aFailure('forbidden')}))).toMatchObject({unknown: [], judged: 1})
  })
  it('is unknown with neither metrics nor log', () => {
    const agent = anAgent({log: aFailure('forbidden'), scrapes: [aFailure('timeout', 'no answer')]})
    expect(judgedAgents(ID, agent).unknown).toHaveLength(1)
  })
})
