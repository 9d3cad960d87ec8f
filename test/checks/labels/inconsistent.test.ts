import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'labels/inconsistent'
const labelled = (context: string, labels: Record<string, string>) => anAgent({context, externalLabels: labels})
const whole = (context: string) => labelled(context, {cluster: context, region: 'eu'})

describe(ID, () => {
  it('is a warning for the one agent that lacks a label of all the others', async () => {
    const result = judgedAgents(ID, whole('a'), whole('b'), labelled('c', {cluster: 'c'}))
    expect(result.severities).toEqual(['warning'])
    expect(result.findings[0]?.scope).toMatchObject({context: 'c'})
    await expectWords(ID, result)
  })
  it('says nothing of two, of whom nobody knows which is the exception', () => {
    expect(judgedAgents(ID, whole('a'), labelled('b', {cluster: 'b'})).findings).toEqual([])
  })
  it('says nothing where two of four lack it', () => {
    const lacking = [labelled('c', {cluster: 'c'}), labelled('d', {cluster: 'd'})]
    expect(judgedAgents(ID, whole('a'), whole('b'), ...lacking).findings).toEqual([])
  })
  it('leaves identity, operator and replica labels to others', () => {
    const operated = (context: string) =>
      labelled(context, {cluster: context, prometheus: 'monitoring/agent', prometheus_replica: 'agent-0'})
    expect(judgedAgents(ID, operated('a'), operated('b'), labelled('c', {zone: 'c'})).findings).toMatchObject([
      {scope: {}},
    ])
    expect(judgedAgents(ID, operated('a'), operated('b'), labelled('c', {cluster: 'c'})).findings).toEqual([])
  })
  it('is one warning for a fleet without any label in common', async () => {
    const result = judgedAgents(
      ID,
      labelled('a', {cluster: 'a'}),
      labelled('b', {cluster: 'b'}),
      labelled('c', {site: 'c'}),
      labelled('d', {site: 'd'}),
    )
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'apart')
  })
  it('takes one that has no name of its own for lacking the identity, and not for another naming', () => {
    const others = [
      labelled('a', {cluster: 'a', zone: 'x'}),
      ...['b', 'd'].map(name => labelled(name, {cluster: name})),
    ]
    expect(judgedAgents(ID, ...others, labelled('c', {zone: 'x'})).findings).toEqual([])
    expect(judgedAgents(ID, ...others, labelled('c', {site: 'c'})).findings).toMatchObject([{scope: {}}])
  })
  it('counts replicas once', () => {
    const replica = (pod: string) =>
      anAgent({
        context: 'a',
        pod,
        replica: Number(pod.at(-1)),
        externalLabels: {cluster: 'a', region: 'eu', replica: pod},
      })
    expect(judgedAgents(ID, replica('agent-0'), replica('agent-1'), labelled('b', {cluster: 'b'})).findings).toEqual([])
  })
  it('says nothing of a fleet whose labels are the same, and of one agent alone', () => {
    expect(judgedAgents(ID, whole('a'), whole('b'), whole('c'))).toMatchObject({findings: [], judged: 3})
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('is unknown for an agent without its configuration', () => {
    const blind = anAgent({context: 'c', config: aFailure('timeout', 'no answer')})
    expect(judgedAgents(ID, whole('a'), whole('b'), blind).unknown).toEqual([
      'its configuration could not be read: no answer',
    ])
  })
})
