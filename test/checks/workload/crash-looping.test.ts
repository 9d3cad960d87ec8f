import {describe, expect, it} from 'vitest'
import {type AgentOptions, aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/crash-looping'
const waiting = {
  ...{kind: 'waiting' as const, reason: 'CrashLoopBackOff', exitCode: null, startedAt: null, finishedAt: null},
  message: 'back-off 5m0s restarting failed container',
}

function ended(secondsAgo: number, exitCode = 2, reason = 'Error') {
  return {
    ...{kind: 'terminated' as const, reason, message: null, exitCode},
    ...{startedAt: timestamp(NOW - secondsAgo - 3), finishedAt: timestamp(NOW - secondsAgo)},
  }
}
function looping(options: AgentOptions = {}) {
  return anAgent({
    scrapes: [aFailure('unreachable', 'the container waits')],
    container: {restarts: 9, state: waiting, lastState: ended(70)},
    previousLog: [
      {
        level: 'error',
        message: 'Error loading config',
        error: 'field rule_files is not allowed in agent mode',
        queue: null,
      },
    ],
    ...options,
  })
}

describe(ID, () => {
  it('names the last exit and the last lines of the previous run', async () => {
    const result = judgedAgents(ID, looping())
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.since).toBe(timestamp(NOW - 70))
    expect(result.words).toContain('field rule_files is not allowed in agent mode')
    await expectWords(ID, result)
  })
  it('shows the end of a long error first, and no line about ordinary work', () => {
    const agent = looping()
    const {previousLog} = agent.evidence
    if (!previousLog.ok) throw new Error('the builder made no log')
    const path = `/etc/prometheus/config_out/${'long-name-'.repeat(30)}prometheus.env.yaml`
    previousLog.value.tail = [
      'ts=2026-11-23T02:10:00Z level=info msg="Experimental agent mode enabled."',
      `ts=2026-11-23T02:10:01Z level=error msg="Error loading config (--config.file=${path})" file=${path} err="parsing YAML file ${path}: yaml: unmarshal errors:\\n  line 12: field rule_files is not allowed in agent mode"`,
      'ts=2026-11-23T02:10:02Z level=info msg="See you next time!"',
    ]
    const result = judgedAgents(ID, agent)
    const lines = result.findings[0]?.evidence.filter(({source}) => source === 'log of the previous run') ?? []
    expect(lines).toHaveLength(1)
    expect(lines[0]?.value).toMatch(
      /^parsing YAML file .* … .*line 12: field rule_files is not allowed in agent mode \("Error/,
    )
    expect(result.findings[0]?.remedy[0]?.text).toContain(
      'mend what its last words name, in the configuration mounted by',
    )
  })
  it('shows the last lines as they are when none is an error', () => {
    const agent = looping()
    const {previousLog} = agent.evidence
    if (!previousLog.ok) throw new Error('the builder made no log')
    previousLog.value.tail = ['one', '', 'two', 'three', 'four']
    const lines = judgedAgents(ID, agent).findings[0]?.evidence.filter(({what}) => what === 'last lines')
    expect(lines?.map(({value}) => value)).toEqual(['two', 'three', 'four'])
  })
  it('says that the log of the run before could not be read, when it could not', () => {
    const agent = looping()
    agent.evidence.previousLog = aFailure('forbidden', 'pods/log is forbidden')
    expect(judgedAgents(ID, agent).words).toContain('last lines: not read: pods/log is forbidden')
  })
  it('counts two restarts within ten minutes, exactly', () => {
    const running = (restarts: number, secondsAgo: number) =>
      anAgent({container: {restarts, lastState: ended(secondsAgo)}})
    expect(judgedAgents(ID, running(2, 599)).severities).toEqual(['error'])
    expect(judgedAgents(ID, running(2, 600)).findings).toEqual([])
    expect(judgedAgents(ID, running(1, 10)).findings).toEqual([])
  })
  it('says nothing of an agent that never restarted', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('does not call exit code 137 a lack of memory unless the reason says so', () => {
    const result = judgedAgents(ID, looping({container: {restarts: 3, state: waiting, lastState: ended(60, 137)}}))
    expect(result.titles[0]).toContain('killed with SIGKILL (exit code 137, reason Error; not reported as OOM)')
  })
  it('is unknown when the pod status was not read', () => {
    expect(judgedAgents(ID, anAgent({podStatus: null})).unknown).toEqual(['the state of its pod was not read'])
  })
})
