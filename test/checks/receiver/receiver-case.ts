/** What every check of receiver/* promises, tried with its own sample lines; each test file adds what only its check promises. */
import {describe, expect, it} from 'vitest'
import type {Blame} from '../../../src/checks/check.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {type AgentOptions, anAgent, type BuiltAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG} from './outage.ts'

export interface ReceiverCase {
  /** Builds an agent whose endpoint gives this answer: refusing, failing or retrying of outage.ts. */
  outage: (answer: string, options?: AgentOptions) => BuiltAgent
  /** Answers that the check knows; the first is the one of the golden file. */
  answers: readonly [string, ...string[]]
  /** Answers of the same kind that belong to another check, beside one that none knows. */
  others?: readonly string[]
  options?: AgentOptions
  blame: {alone: Blame; othersFine: Blame}
}

export function describeReceiverCheck(id: string, {outage, answers, others = [], options, blame}: ReceiverCase): void {
  const [answer] = answers
  const holds = {findings: [], unknown: [], judged: 1}
  const saidSecondsAgo = (seconds: number) => {
    const agent = outage(answer, options)
    if (agent.evidence.log.ok)
      for (const shape of agent.evidence.log.value.shapes) shape.last = timestamp(NOW - seconds)
    return agent
  }

  describe(id, () => {
    it('is found by the log and the metrics together', async () => {
      const result = judgedAgents(id, outage(answer, options))
      expect(result.severities).toEqual(['error'])
      expect(result.findings[0]?.blame).toBe(blame.alone)
      await expectWords(id, result)
    })
    it.each(answers.slice(1))('knows "%s"', other => {
      expect(judgedAgents(id, outage(other, options)).severities).toEqual(['error'])
    })
    it('blames the central when half of those who write there fail alike', () => {
      const alike = ['a', 'b'].map(context => outage(answer, {...options, context}))
      const fine = ['c', 'd', 'e'].map(context => anAgent({context}))
      const blames = (...agents: BuiltAgent[]) => judgedAgents(id, ...agents).findings.map(finding => finding.blame)
      expect(blames(...alike, ...fine.slice(0, 2))).toEqual(['central', 'central'])
      expect(blames(...alike, ...fine)).toEqual([blame.othersFine, blame.othersFine])
    })
    it(`blames the ${blame.othersFine} when another agent delivers to the same address`, () => {
      const result = judgedAgents(id, outage(answer, options), anAgent({context: 'cluster4'}))
      expect(result.findings.map(finding => finding.blame)).toEqual([blame.othersFine])
      expect(result.words).toContain('cluster4 monitoring/agent-0 delivers to the same address')
    })
    it.each(['418 teapot', ...others])('does not take "%s" for it', other => {
      expect(judgedAgents(id, outage(other, options))).toMatchObject(holds)
    })
    it(`counts a line that is ${THRESHOLDS.currentErrorSeconds} s old, and none that is older`, () => {
      expect(judgedAgents(id, saidSecondsAgo(THRESHOLDS.currentErrorSeconds)).findings).toHaveLength(1)
      expect(judgedAgents(id, saidSecondsAgo(THRESHOLDS.currentErrorSeconds + 1))).toMatchObject(holds)
    })
    it('says nothing of a queue that delivers, whatever its log remembers', () => {
      const agent = anAgent()
      agent.evidence.log = outage(answer, options).evidence.log
      expect(judgedAgents(id, agent)).toMatchObject(holds)
    })
    it('is unknown, not passed, when nothing is delivered and the log cannot be read', () => {
      const result = judgedAgents(id, outage(answer, {...options, log: NO_LOG}))
      expect(result).toMatchObject({findings: [], judged: 0})
      expect(result.unknown).toEqual([
        'it does not deliver, and the reason is not known: its log could not be read: pods/log is forbidden',
      ])
    })
    it('passes a queue that delivers when the log cannot be read', () => {
      expect(judgedAgents(id, anAgent({log: NO_LOG}))).toMatchObject(holds)
    })
  })
}
