/** Which of the checks as they are leads when several are right: the order of docs/how-it-decides.md, through all layers. */
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {type AgentOptions, aFailure, aFleet, aLogShape, anAgent, NOW, timestamp} from '../builders/evidence.ts'

/** Ids of the causes that account for the state, and what the first explains. */
function leads(...agents: AgentOptions[]): {causes: string[]; folded: string[]; report: ReturnType<typeof diagnose>} {
  const facts = readFacts(aFleet({agents: agents.map(anAgent)}))
  const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
  const causes = report.findings.filter(({group, cause}) => cause && group === 'state')
  const folded = report.findings.filter(({explainedBy}) => explainedBy === causes[0]?.key)
  return {causes: causes.map(({id}) => id), folded: folded.map(({id}) => id).sort(), report}
}

const dial = (words: string) => `Post "http://central.example:9090/api/v1/write": dial tcp ${words}`
const refusal = (status: string) => [
  aLogShape({level: 'error', message: 'non-recoverable error', error: `server returned HTTP status ${status}`}),
]
const waiting = {
  kind: 'waiting' as const,
  reason: 'CrashLoopBackOff',
  message: null,
  exitCode: null,
  startedAt: null,
  finishedAt: null,
}
const ended = (reason: string, exitCode: number) => ({
  ...{kind: 'terminated' as const, reason, message: null, exitCode},
  ...{startedAt: timestamp(NOW - 300), finishedAt: timestamp(NOW - 200)},
})

describe('the reason leads, symptoms fold under it', () => {
  it.each([
    ['receiver/refused', '10.1.2.3:9090: connect: connection refused'],
    ['receiver/name-not-resolved', 'lookup central.example on 10.96.0.10:53: no such host'],
    ['receiver/unreachable', '10.1.2.3:9090: i/o timeout'],
  ])('%s before behind and retrying', (id, words) => {
    const {causes, folded, report} = leads({
      queues: [{doing: 'retrying', forSeconds: 900}],
      log: [aLogShape({error: dial(words)})],
    })
    expect(causes).toEqual([id])
    expect(folded).toEqual([
      'delivery/behind',
      'delivery/loss-ahead',
      'delivery/retrying',
      'delivery/unsafe-to-restart',
    ])
    expect(report).toMatchObject({state: 'behind', exitCode: 1})
  })

  it.each([
    ['receiver/unauthorized', '401 Unauthorized: '],
    [
      'receiver/disabled',
      '404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver',
    ],
  ])('%s before rejected', (id, status) => {
    const {causes, folded, report} = leads({queues: [{doing: 'failing'}], log: refusal(status)})
    expect(causes).toEqual([id])
    expect(folded).toEqual(['delivery/rejected'])
    expect(report).toMatchObject({state: 'losing', exitCode: 1})
  })

  it('out-of-memory before crash-looping before not-running', () => {
    const down: AgentOptions = {scrapes: [aFailure('unreachable', 'connection refused')]}
    const killed = leads({
      ...down,
      container: {restarts: 9, state: waiting, lastState: ended('OOMKilled', 137)},
    })
    expect(killed.causes).toEqual(['workload/out-of-memory'])
    expect(killed.folded).toContain('workload/crash-looping')
    const crashed = leads({
      ...down,
      container: {restarts: 9, state: waiting, lastState: ended('Error', 1)},
    })
    expect(crashed.causes[0]).toBe('workload/crash-looping')
    expect(killed.report.state).toBe('silent')
  })
})

describe('symptoms alone', () => {
  it('lead when the log shows no reason, and say so', () => {
    const {causes, report} = leads({queues: [{doing: 'failing'}]})
    expect(causes).toEqual(['delivery/rejected'])
    expect(report.findings[0]?.title).toMatch(/the reason is not visible$/)
  })

  it("do not take the other queue's reason: one endpoint gives 401, the other one hangs", () => {
    const queues = [
      {name: 'a', url: 'http://a.example/api/v1/write', doing: 'failing' as const},
      {name: 'b', url: 'http://b.example/api/v1/write', doing: 'hanging' as const, forSeconds: 900},
    ]
    const {causes, report} = leads({
      queues,
      log: [
        aLogShape({
          queue: 'a',
          level: 'error',
          message: 'non-recoverable error',
          error: 'server returned HTTP status 401 Unauthorized: ',
        }),
      ],
    })
    expect(causes[0]).toBe('receiver/unauthorized')
    const ofB = report.findings.filter(({scope}) => scope.queue === 'b' && scope.pod !== undefined)
    expect(ofB.filter(({id}) => id.startsWith('delivery/')).length).toBeGreaterThan(0)
    for (const {explainedBy} of ofB) expect(explainedBy ?? '').not.toContain('receiver/unauthorized')
  })
})

describe('a healthy agent', () => {
  it('has no cause at all, whichever version it is', () => {
    for (const version of ['2.42.0', '2.53.3', '3.5.0', '3.7.3']) {
      const {causes, report} = leads({version})
      expect(causes).toEqual([])
      expect(report).toMatchObject({state: 'delivering', exitCode: 0})
      expect(report.findings.filter(({id, severity}) => severity !== 'info' && !id.startsWith('security/'))).toEqual([])
    }
  })
})
