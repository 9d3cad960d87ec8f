import {describe, expect, it} from 'vitest'
import type {Finding} from '../../src/checks/check.ts'
import type {CheckRun} from '../../src/checks/run.ts'
import {wantsAnotherScrape} from '../../src/diagnose/another-scrape.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import type {FailOn} from '../../src/diagnose/exit-code.ts'
import type {ClaimEvidence} from '../../src/evidence/types.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {
  type AgentOptions,
  aFailure,
  aFleet,
  aLogShape,
  anAgent,
  aScrape,
  collected,
  type FleetOptions,
  NOW,
  timestamp,
} from '../builders/evidence.ts'
import {aFinding, aRun} from '../builders/findings.ts'

function report(
  agents: AgentOptions[],
  {
    fleet = {},
    findings = [],
    run = {},
    failOn = 'error',
  }: {fleet?: FleetOptions; findings?: Finding[]; run?: Partial<CheckRun>; failOn?: FailOn} = {},
) {
  return diagnose(readFacts(aFleet({agents: agents.map(anAgent), ...fleet})), aRun(findings, run), {failOn})
}

const unreadable: AgentOptions = {scrapes: [aFailure('forbidden', 'may not port-forward')]}
const waiting = {
  kind: 'waiting' as const,
  reason: 'CrashLoopBackOff',
  message: null,
  exitCode: null,
  startedAt: null,
  finishedAt: null,
}

describe('rows 1 and 2, the process', () => {
  it('is silent when the pod is pending, the container waits, or no endpoint is configured', () => {
    const silent = (options: AgentOptions) => report([options]).agents[0]
    expect(silent({...unreadable, podStatus: {phase: 'Pending'}})).toMatchObject({state: 'silent', stateRow: 1})
    expect(silent({...unreadable, container: {state: waiting}})).toMatchObject({
      state: 'silent',
      stateRow: 1,
      stateReason: 'its container waits: CrashLoopBackOff',
    })
    expect(silent({queues: []})).toMatchObject({
      state: 'silent',
      stateRow: 1,
      stateReason: 'no remote_write endpoint is configured',
    })
    expect(silent({...unreadable, pod: '', podStatus: null})).toMatchObject({
      state: 'silent',
      stateReason: 'it has no pod',
    })
  })
  it('names what a pending pod waits for, not that its containers are not ready', () => {
    const notReady = {type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: null, since: null}
    const creating = {...waiting, reason: 'ContainerCreating'}
    const reason = (podStatus: AgentOptions['podStatus'], claims: ClaimEvidence[] = []) => {
      const agent = anAgent({...unreadable, podStatus: {phase: 'Pending', ...podStatus}, container: {state: creating}})
      agent.evidence.claims = collected(claims)
      return diagnose(readFacts(aFleet({agents: [agent]})), aRun([]), {failOn: 'error'}).agents[0]?.stateReason
    }
    const claim = {name: 'db-0', phase: 'Pending', capacityBytes: null, storageClass: null}
    expect(reason({conditions: [notReady]}, [claim])).toBe('its pod is pending: volume claim db-0 is not bound')
    expect(reason({conditions: [notReady]})).toBe('its pod is pending: ContainerCreating')
    expect(reason({conditions: [], node: null})).toBe('its pod is pending: no node was chosen for it')
  })
  it('is unknown, not silent, when it may run and its metrics could not be read', () => {
    expect(report([unreadable]).agents[0]).toMatchObject({state: 'unknown', stateRow: 2})
    expect(report([{...unreadable, podStatus: null}]).agents[0]).toMatchObject({state: 'unknown', stateRow: 2})
  })
  it('is unknown, starting, while the WAL is replayed', () => {
    const agent = anAgent({queues: [], config: aFailure('failed')})
    agent.evidence.ready = {
      ok: true,
      value: {status: 503, text: 'Service Unavailable'},
      at: agent.evidence.scrapes[0]!.ok ? agent.evidence.scrapes[0]!.at : '',
    }
    const facts = readFacts(aFleet({agents: [agent]}))
    expect(diagnose(facts, aRun(), {failOn: 'error'}).agents[0]).toMatchObject({
      state: 'unknown',
      stateRow: 2,
      stateReason: expect.stringMatching(/^starting/),
    })
  })
  it('believes metrics that were read over an older pod status', () => {
    expect(report([{container: {state: waiting}}]).agents[0]?.state).toBe('delivering')
  })
})

describe('rolling up', () => {
  it('takes the worst queue, and names it and the one that delivers', () => {
    const [agent] = report([
      {queues: [{name: 'a'}, {name: 'b', doing: 'failing', url: 'https://b.example/write'}]},
    ]).agents
    expect(agent).toMatchObject({state: 'losing', stateRow: 4})
    expect(agent?.stateReason).toMatch(/^losing on `b` \(1 of 2 queues\): .*; `a` delivering$/)
    expect(agent?.queues.map(({name, state}) => `${name} ${state}`)).toEqual(['a delivering', 'b losing'])
  })
  it('is unknown, never delivering, when no agent was found', () => {
    expect(report([], {fleet: {contexts: {cluster2: {}}}})).toMatchObject({state: 'unknown', exitCode: 3})
  })
  it('is unknown when the pods of a context may not be listed and all else delivers', () => {
    const contexts = {cluster9: {podLists: [{namespace: '*', pods: aFailure('forbidden', 'may not list pods')}]}}
    const result = report([{}], {fleet: {contexts}})
    expect(result).toMatchObject({state: 'unknown', exitCode: 3})
    expect(result.contexts[1]).toEqual({
      name: 'cluster9',
      reachable: true,
      agents: 0,
      problem: 'its pods could not be listed: may not list pods',
    })
  })
  it('does not hold it against a central that it writes to nobody, though servers were asked for', () => {
    const server: AgentOptions = {pod: 'prometheus-0', name: 'central', mode: 'server', signs: ['server'], queues: []}
    expect(report([{}, server])).toMatchObject({state: 'delivering', exitCode: 0, summary: {agents: 1}})
  })
  it('is unknown when a context did not answer and all else delivers', () => {
    const contexts = {cluster9: {serverVersion: aFailure('timeout', 'no answer within 5 s')}}
    expect(report([{}], {fleet: {contexts}})).toMatchObject({state: 'unknown', exitCode: 3, summary: {unknown: 1}})
  })
  it('takes the best of replicas, and says that redundancy is lost', () => {
    const replicas: AgentOptions[] = [
      {pod: 'agent-0', replica: 0},
      {pod: 'agent-1', replica: 1, queues: [{doing: 'retrying'}]},
    ]
    const result = report(replicas)
    expect(result.groups).toMatchObject([
      {
        state: 'delivering',
        redundancy: 'lost',
        members: ['cluster2/monitoring/agent-0', 'cluster2/monitoring/agent-1'],
      },
    ])
    expect(result.state).toBe('delivering')
  })
  it('takes the worst of shards', () => {
    const shards: AgentOptions[] = [
      {pod: 'agent-0', shard: 0},
      {pod: 'agent-shard-1-0', shard: 1, queues: [{doing: 'retrying'}]},
    ]
    expect(report(shards).state).toBe('behind')
  })
  it('finds nothing wrong with a shard without targets whose sibling has some, and is silent when none has', () => {
    const idle = (pod: string, shard: number): AgentOptions => ({
      pod,
      shard,
      figures: {samplesIn: 0, highestTimestamp: null},
      targets: {active: 0, up: 0, pools: []},
      queues: [{doing: 'idle', figures: {total: 0, bytes: 0, highestSent: null}}],
    })
    expect(report([{pod: 'agent-0', shard: 0}, idle('agent-shard-1-0', 1)]).state).toBe('delivering')
    expect(report([idle('agent-0', 0), idle('agent-shard-1-0', 1)]).state).toBe('silent')
  })
})

describe('arrival', () => {
  it('is accepted for a queue that delivers, since 2xx does not prove that it is stored', () => {
    expect(report([{}]).agents[0]?.queues[0]?.arrival).toBe('accepted')
    expect(report([{queues: [{doing: 'retrying'}]}]).agents[0]?.queues[0]?.arrival).toBe('unknown')
  })
})

describe('losses', () => {
  it('counts what was refused since when the log says so', () => {
    const [queue] = report([
      {
        queues: [{doing: 'failing', forSeconds: 660}],
        log: [
          {message: 'non-recoverable error', level: 'error', error: 'server returned HTTP status 401 Unauthorized: '},
        ],
      },
    ]).agents[0]!.queues
    expect(queue?.losses).toEqual([
      {
        from: '2026-11-23T02:04:31.000Z',
        beganBefore: false,
        to: '2026-11-23T02:14:31.000Z',
        samples: 118_800,
        evidence: expect.any(String),
      },
    ])
  })
  it('has none for a queue that never lost any', () => {
    expect(report([{}]).agents[0]?.queues[0]?.losses).toEqual([])
  })
})

describe('exit codes', () => {
  const warning = aFinding('security/plaintext', {severity: 'warning'})
  const error = aFinding('receiver/refused')
  it('is 0 when all was looked at and nothing is at or above the limit', () => {
    expect(report([{}]).exitCode).toBe(0)
    expect(report([{}], {findings: [warning]}).exitCode).toBe(0)
    expect(report([{}], {findings: [error], failOn: 'never'}).exitCode).toBe(0)
  })
  it('is 1 for findings at or above the limit', () => {
    expect(report([{}], {findings: [error]}).exitCode).toBe(1)
    expect(report([{}], {findings: [warning], failOn: 'warning'}).exitCode).toBe(1)
    expect(report([{}], {findings: [aFinding('labels/missing', {severity: 'info'})], failOn: 'warning'}).exitCode).toBe(
      0,
    )
  })
  it('is 1 rather than 3 when something failing was found and something could not be looked at', () => {
    expect(report([{}, {context: 'c3', ...unreadable}], {findings: [error]}).exitCode).toBe(1)
  })
  it('never is 1 for access/*, whatever its severity', () => {
    const access = aFinding('access/agent-unreachable', {scope: {context: 'cluster2'}})
    expect(report([{}], {findings: [access]}).exitCode).toBe(0)
    expect(report([unreadable], {findings: [access]}).exitCode).toBe(3)
  })
  it('is 3 when a state or an error check lacks evidence, but not when a warning check does', () => {
    const unknown = (severity: 'error' | 'warning') => ({
      run: {unknown: [{id: 'x/y', severity, scope: {}, reason: 'no log'}]},
    })
    expect(report([unreadable]).exitCode).toBe(3)
    expect(report([{}], unknown('error')).exitCode).toBe(3)
    expect(report([{}], unknown('warning')).exitCode).toBe(0)
  })
  it('is 3 when the log of an agent may not be read, however well its metrics look', () => {
    const agent = anAgent()
    agent.evidence.log = aFailure('forbidden', 'User "viewer" cannot get resource "pods/log"')
    const verdict = diagnose(readFacts(aFleet({agents: [agent]})), aRun([]), {failOn: 'error'})
    expect(verdict).toMatchObject({state: 'delivering', exitCode: 3})
  })
  it('keeps the code of an interruption', () => {
    const facts = readFacts(aFleet())
    expect(diagnose(facts, aRun([error]), {failOn: 'error', interruptedWith: 130}).exitCode).toBe(130)
  })
})

describe('another scrape', () => {
  const wants = (options: AgentOptions) => wantsAnotherScrape(anAgent(options).evidence)
  it('is wanted for a retry that is seconds late, and when no row fits', () => {
    expect(wants({queues: [{doing: 'retrying', forSeconds: 15}]})).toBe(true)
    const still = {total: 5, bytes: 5, highestSent: NOW - 60}
    expect(wants({queues: [{first: {...still, pending: 0}, last: {...still, pending: 5}}]})).toBe(true)
  })
  it('is not wanted once every queue finishes something, without reading configuration, targets or log', () => {
    const {evidence} = anAgent()
    const refuse = () => {
      throw new Error('was read')
    }
    for (const piece of ['config', 'targets', 'log']) Object.defineProperty(evidence, piece, {get: refuse})
    expect(wantsAnotherScrape(evidence)).toBe(false)
  })
  it('is wanted for one queue that retries beside one that delivers', () => {
    const queues: AgentOptions['queues'] = [
      {name: 'good'},
      {name: 'late', url: 'http://late.example/w', doing: 'retrying', forSeconds: 15},
    ]
    expect(wants({queues})).toBe(true)
  })
  it('is wanted where nothing was answered in the look, and the log alone says refused: it may be mended since', () => {
    const still = {total: 9000, failed: 400, bytes: 5000, highestSent: NOW - 20, pending: 0}
    const log = [
      aLogShape({
        message: 'non-recoverable error',
        level: 'error',
        error: 'server returned HTTP status 401 Unauthorized',
        last: timestamp(NOW - 60),
      }),
    ]
    const after = (intervalSeconds: number) =>
      wants({scrapeIntervalSeconds: 15, intervalSeconds, queues: [{first: still, last: still}], log})
    expect([5, 39, 40].map(after)).toEqual([true, true, false])
  })
  describe('where samples were refused before, and none in the window', () => {
    const refusedAgo = (seconds: number) => [
      aLogShape({message: 'non-recoverable error', level: 'error', last: timestamp(NOW - seconds)}),
    ]
    const wantsAt = (failed: number, {every = 15, seconds = 10, refusedNow = 0, log = refusedAgo(60)}: Lately = {}) => {
      const first = {total: 90_000, failed, bytes: 5000, highestSent: NOW - 30}
      const last = {total: 92_000, failed: failed + refusedNow, bytes: 6000, highestSent: NOW - 15}
      return wants({scrapeIntervalSeconds: every, intervalSeconds: seconds, queues: [{first, last}], log})
    }
    interface Lately {
      every?: number
      seconds?: number
      refusedNow?: number
      log?: NonNullable<AgentOptions['log']>
    }
    it('is wanted while the log says that it was lately, however few they were, for as long as a batch of that kind may take', () => {
      expect([wantsAt(30_000), wantsAt(1), wantsAt(0)]).toEqual([true, true, false])
      expect(wantsAt(30_000, {refusedNow: 1000})).toBe(false)
      expect([39, 40].map(seconds => wantsAt(1, {seconds}))).toEqual([true, false])
      expect([124, 125].map(seconds => wantsAt(30_000, {seconds}))).toEqual([true, false])
      expect([44, 45].map(seconds => wantsAt(1, {seconds, every: 45}))).toEqual([true, false])
      expect([125, 126].map(seconds => wantsAt(30_000, {log: refusedAgo(seconds)}))).toEqual([true, false])
    })
    it('is wanted for a scrape interval where the log was not read', () => {
      const log = aFailure('forbidden')
      expect([14, 15].map(seconds => wantsAt(30_000, {seconds, log}))).toEqual([true, false])
      expect([44, 45].map(seconds => wantsAt(30_000, {seconds, log, every: 45}))).toEqual([true, false])
      expect([wantsAt(920, {log}), wantsAt(919, {log})]).toEqual([true, false])
    })
  })
  it('is not wanted for what is settled', () => {
    expect(wants({})).toBe(false)
    expect(wants({queues: [{doing: 'retrying', forSeconds: 900}]})).toBe(false)
    expect(wants({queues: [{doing: 'failing'}]})).toBe(false)
    expect(wants(unreadable)).toBe(false)
    // --interval 0 asks for one scrape, whatever that leaves open.
    expect(wants({intervalSeconds: 0, queues: [{figures: {highestSent: NOW - 60, pending: 5}}]})).toBe(false)
    expect(
      wants({scrapes: [aScrape({at: NOW, uptime: 5, highestTimestamp: null, queues: [{highestSent: null}]})]}),
    ).toBe(false)
  })
})
