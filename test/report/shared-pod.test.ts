/** Two agents in one pod, and what is on localhost: alike by name, and nobody's but their own. */
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderTerminal} from '../../src/report/terminal.ts'
import {type AgentOptions, aFleet, aLogShape, anAgent, type BuiltAgent, NOW, timestamp} from '../builders/evidence.ts'
import {validateReport} from './schema.ts'

const beside = 'http://localhost:9091/api/v1/write'
const off = (container: string, options: AgentOptions = {}): BuiltAgent => {
  const error =
    'server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver'
  const first = timestamp(NOW - 660)
  const log = [aLogShape({level: 'error', message: 'non-recoverable error', error, first})]
  return inContainer(container, {queues: [{doing: 'failing', forSeconds: 660}], log, ...options})
}
const inContainer = (container: string, options: AgentOptions = {}): BuiltAgent => {
  const agent = anAgent(options)
  agent.evidence.container = container
  return agent
}
const reportOf = (...agents: BuiltAgent[]) => {
  const facts = readFacts(aFleet({agents}))
  return diagnose(facts, runChecks(facts), {failOn: 'error'})
}

describe('two agents in one pod', () => {
  const report = reportOf(inContainer('blue'), off('green', {externalLabels: {cluster: 'green'}}))
  const text = renderTerminal(report, {columns: 160, colour: false, unicode: true})
  it('have rows that tell them apart', () => {
    expect(text).toMatch(/✗ {2}cluster2 {2}monitoring\/agent-0\/green {2}losing/)
    expect(text).toMatch(/✓ {2}cluster2 {2}monitoring\/agent-0\/blue {3}delivering/)
  })
  it('are two agents of two groups, and neither redundancy of the other', () => {
    expect(report.agents.map(({key, container}) => [key, container])).toEqual([
      ['cluster2/monitoring/agent-0/blue', 'blue'],
      ['cluster2/monitoring/agent-0/green', 'green'],
    ])
    expect(report.groups.map(({redundancy}) => redundancy)).toEqual(['none', 'none'])
    expect(report.state).toBe('losing')
    expect(validateReport(JSON.parse(JSON.stringify(report)))).toEqual([])
  })
  it('have findings of their own, with the container in scope and title', () => {
    const [lead] = report.findings
    expect(lead).toMatchObject({id: 'receiver/disabled', scope: {pod: 'agent-0', container: 'green'}})
    expect(lead?.title).toContain('monitoring/agent-0/green')
    expect(lead?.agents).toEqual(['cluster2/monitoring/agent-0/green'])
    expect(text).toContain('every write from cluster2 monitoring/agent-0/green')
  })
  it('do not explain each other', () => {
    const both = reportOf(
      off('blue'),
      inContainer('green', {
        queues: [{doing: 'failing', forSeconds: 660, url: 'http://elsewhere.example/api/v1/write'}],
      }),
    )
    const alone = both.findings.find(({id, scope}) => id === 'delivery/rejected' && scope.container === 'green')
    expect(alone).toMatchObject({cause: true})
  })
})

describe('an agent alone in its pod', () => {
  it('is called by the pod only', () => {
    const report = reportOf(anAgent())
    expect(report.agents[0]).toMatchObject({key: 'cluster2/monitoring/agent-0', container: 'prometheus'})
    expect(renderTerminal(report, {columns: 120, colour: false, unicode: true})).toContain('monitoring/agent-0  ')
    expect(report.findings.every(({scope}) => scope.container === undefined)).toBe(true)
  })
})

describe('localhost', () => {
  const local = (context: string, url: string) =>
    off('prometheus', {context, queues: [{doing: 'failing', forSeconds: 660, url}]})
  it.each([beside, 'http://127.0.0.1:9091/api/v1/write', 'http://[::1]:9091/api/v1/write'])(
    'is each agent’s own: %s is never shared, and never the central',
    url => {
      const report = reportOf(local('cluster2', url), local('cluster3', url))
      const found = report.findings.filter(({id}) => id === 'receiver/disabled')
      expect(found.map(({scope}) => scope.context)).toEqual(['cluster2', 'cluster3'])
      for (const {blame, title, evidence} of found) {
        expect(blame).not.toBe('central')
        expect(title).not.toMatch(/central|2 agents/)
        expect(evidence.map(({what}) => what)).not.toContain('others')
      }
    },
  )
  it('is not every loopback address: 127.1.2.3 may stand for a host', () => {
    const url = 'http://127.1.2.3:9090/api/v1/write'
    const report = reportOf(local('cluster2', url), local('cluster3', url))
    expect(report.findings.filter(({id}) => id === 'receiver/disabled')).toMatchObject([
      {blame: 'central', scope: {central: url}},
    ])
  })
})
