import {describe, expect, it} from 'vitest'
import {type AgentOptions, aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/not-an-agent'
const operated = {
  labels: {
    'app.kubernetes.io/managed-by': 'prometheus-operator',
    'app.kubernetes.io/name': 'prometheus',
    'operator.prometheus.io/name': 'prometheus-agent-prometheus',
  },
}
const server = (options: AgentOptions = {}) =>
  anAgent({mode: 'server', signs: ['name'], pod: 'prometheus-prometheus-agent-prometheus-0', ...options})

describe(ID, () => {
  it('only warns while it delivers, and names the key of the chart that makes an agent', async () => {
    const result = judgedAgents(ID, server({podStatus: operated}))
    expect(result.severities).toEqual(['warning'])
    expect(result.words).toContain('prometheus.agentMode: true')
    await expectWords(ID, result)
  })
  it('is an error when it does not deliver, and warns of what the switch would lose', async () => {
    const result = judgedAgents(ID, server({podStatus: operated, queues: [{doing: 'retrying', forSeconds: 600}]}))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.remedy[0]?.text).toMatch(/^do not restart the agent/)
  })
  it('knows the 2.x flag on a 3.x binary', async () => {
    const result = judgedAgents(ID, server({signs: ['arguments'], container: {args: ['--enable-feature=agent,foo']}}))
    expect(result.words).toContain('replace --enable-feature=agent with --agent')
    await expectWords(ID, result, 'former-flag')
  })
  it('names the flag of the release that runs', () => {
    expect(judgedAgents(ID, server({version: '2.53.3'})).words).toContain('start it with --enable-feature=agent')
    expect(judgedAgents(ID, server({version: '3.5.0'})).words).toContain('start it with --agent')
  })
  it('counts an external label that says agent', () => {
    const agent = server({signs: ['server'], externalLabels: {cluster: 'cluster2', source: 'edge-agent'}})
    expect(judgedAgents(ID, agent).words).toContain('external label source="edge-agent"')
  })
  it('says nothing of an agent', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], judged: 1})
  })
  it('does not apply to a server that nobody called an agent', () => {
    const agent = server({signs: ['server'], externalLabels: {cluster: 'reagents'}})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('is unknown when the process could not be asked', () => {
    const agent = anAgent({scrapes: [aFailure('timeout', 'no answer')], container: {args: []}})
    agent.evidence.ready = aFailure('timeout', 'no answer')
    agent.evidence.flags = aFailure('timeout', 'no answer')
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], judged: 0})
    expect(judgedAgents(ID, agent).unknown[0]).toMatch(/^whether it runs as an agent is not known/)
  })
})
