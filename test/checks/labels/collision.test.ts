import {describe, expect, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {diagnose} from '../../../src/diagnose/diagnose.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {type AgentOptions, aFailure, aFleet, anAgent} from '../../builders/evidence.ts'
import {aTargetDigest} from '../../builders/labels.ts'
import {expectWords, judged, judgedAgents} from '../judged.ts'
import {refusing} from '../receiver/outage.ts'

const ID = 'labels/collision'
const copied = {cluster: 'copied', region: 'eu'}
const at = (context: string, more: AgentOptions = {}) => anAgent({context, externalLabels: copied, ...more})
const scraping = (context: string, instance: string) => at(context, {targets: {labels: aTargetDigest([instance])}})

describe(ID, () => {
  it('is an error with proof from both ends, and names the pair at either', async () => {
    const result = judgedAgents(ID, scraping('cluster2', 'node-1'), scraping('cluster3', 'node-1'))
    expect(result.severities).toEqual(['error', 'error'])
    expect(new Set(result.titles).size).toBe(1)
    expect(result.findings.map(({blame}) => blame)).toEqual(['config', 'config'])
    await expectWords(ID, result)
  })
  it('is a warning without proof, and then explains nothing', async () => {
    const result = judgedAgents(ID, scraping('cluster2', 'node-1'), scraping('cluster3', 'node-2'))
    expect(result.severities).toEqual(['warning', 'warning'])
    expect(result.findings[0]?.explains).toEqual([])
    await expectWords(ID, result, 'unproven')
  })
  it('is proven by a refusal, and leads over the answer that it explains, as one finding', () => {
    const refused = refusing('400 Bad Request: duplicate sample for timestamp', {
      context: 'cluster3',
      externalLabels: copied,
    })
    const facts = readFacts(aFleet({agents: [at('cluster2'), refused]}))
    const {findings} = diagnose(facts, runChecks(facts), {failOn: 'error'})
    expect(findings[0]).toMatchObject({id: ID, severity: 'error', group: 'state', blame: 'config'})
    expect(findings.find(({id}) => id === 'receiver/duplicate-samples')).toMatchObject({explainedBy: findings[0]?.key})
    expect(findings.filter(({id}) => id === ID)).toHaveLength(1)
    expect(findings[0]?.agents).toEqual(['cluster2/monitoring/agent-0', 'cluster3/monitoring/agent-0'])
  })
  it('counts who else is concerned', () => {
    const [first] = judgedAgents(ID, at('a'), at('b'), at('c'), at('d')).titles
    expect(first).toMatch(/^a monitoring\/agent-0 and b monitoring\/agent-0 and 2 more write under the same labels/)
  })
  it('leaves to labels/missing what has no identity label, unless it is proven', () => {
    const bare = (context: string, labels = aTargetDigest([context])) =>
      anAgent({context, externalLabels: {prometheus: 'monitoring/agent'}, targets: {labels}})
    expect(judgedAgents(ID, bare('a'), bare('b'))).toMatchObject({findings: [], judged: 2})
    const same = aTargetDigest(['node-1'])
    expect(judgedAgents(ID, bare('a', same), bare('b', same)).severities).toEqual(['error', 'error'])
  })
  it('warns that the change costs an agent that is behind its backlog', () => {
    const behind = at('b', {queues: [{doing: 'retrying', forSeconds: 660}]})
    const [, finding] = judgedAgents(ID, at('a'), behind).findings
    expect(finding?.remedy[0]?.text).toMatch(/^wait until the agent has caught up: .* 11 min of unsent data/)
  })
  it('advises two agents of one cluster a label of their own beside it, and those of two clusters another value', async () => {
    const inOne = judgedAgents(
      ID,
      scraping('cluster2', 'node-1'),
      at('cluster2', {
        pod: 'agent-b-0',
        name: 'agent-b',
        targets: {labels: aTargetDigest(['node-1'])},
      }),
    )
    expect(inOne.severities).toEqual(['error', 'error'])
    const advice = inOne.findings[0]?.remedy.find(({changes}) => changes)?.text
    expect(advice).toContain('a label of their own beside cluster, such as agent')
    expect(inOne.words).not.toContain('values of their own for cluster')
    await expectWords(ID, inOne, 'one-cluster')
    const inTwo = judgedAgents(ID, scraping('cluster2', 'node-1'), scraping('cluster3', 'node-1'))
    expect(inTwo.words).toContain('values of their own for cluster')
  })
  it('says nothing where all differ, and does not apply to one agent alone', () => {
    expect(judgedAgents(ID, anAgent({context: 'a'}), anAgent({context: 'b'}))).toMatchObject({findings: [], judged: 2})
    expect(judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')}))).toMatchObject({
      ...{findings: [], unknown: [], judged: 0},
    })
  })
  it('is unknown for an agent whose configuration is missing beside others', () => {
    const blind = anAgent({context: 'b', config: aFailure('timeout', 'no answer')})
    expect(judgedAgents(ID, at('a'), blind)).toMatchObject({
      ...{findings: [], unknown: ['its configuration could not be read: no answer'], judged: 1},
    })
  })
  it('goes by the identity label that the user names', () => {
    const sites = [
      anAgent({context: 'a', externalLabels: {site: 'x'}}),
      anAgent({context: 'b', externalLabels: {site: 'x'}}),
    ]
    expect(judged(ID, aFleet({agents: sites})).findings).toEqual([])
    expect(judged(ID, aFleet({agents: sites}), {identityLabels: ['site']}).severities).toEqual(['warning', 'warning'])
  })
})
