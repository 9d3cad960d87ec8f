import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'labels/dropped'
const ruled = (rule: string, context = 'cluster2') =>
  anAgent({context, remoteWriteYaml: `write_relabel_configs: [${rule}]`})

describe(ID, () => {
  it('is an error when a rule takes the identity label away', async () => {
    const result = judgedAgents(ID, ruled('{regex: clu.*, action: labeldrop}'))
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it.each([
    '{regex: "__name__|job|instance", action: labelkeep}',
    '{target_label: cluster, replacement: "", action: replace, separator: ;}',
  ])('knows other rules that do: %s', rule => {
    expect(judgedAgents(ID, ruled(rule)).severities).toEqual(['error'])
  })
  it('is a warning when its value lives on under another name', async () => {
    const rules = '{source_labels: [cluster], target_label: k8s_cluster}, {regex: cluster, action: labeldrop}'
    const result = judgedAgents(ID, ruled(rules))
    expect(result.severities).toEqual(['warning'])
    await expectWords(ID, result, 'renamed')
  })
  it('is a warning when it goes where a series lacks another label', async () => {
    const result = judgedAgents(ID, ruled('{source_labels: [k8s_cluster], target_label: cluster}'))
    expect(result.severities).toEqual(['warning'])
    expect(result.words).toContain('k8s_cluster')
    await expectWords(ID, result, 'some')
  })
  it('is an error when it becomes the value of another agent, and info when it is one of its own', () => {
    const rename = '{target_label: cluster, replacement: cluster3}'
    expect(judgedAgents(ID, ruled(rename), anAgent({context: 'cluster3'})).severities).toEqual(['error'])
    expect(judgedAgents(ID, ruled(rename)).severities).toEqual(['info'])
  })
  it('says nothing of rules that leave it, filters and half a name among them', () => {
    const rules =
      '{source_labels: [cluster], regex: ^$, action: drop}, {regex: clust, action: labeldrop}, {target_label: remote_cluster, replacement: x}, {source_labels: [cluster], target_label: cluster}'
    expect(judgedAgents(ID, ruled(rules))).toMatchObject({findings: [], judged: 1})
  })
  it('warns that the change costs an agent that is behind its backlog', () => {
    const behind = anAgent({
      queues: [{doing: 'retrying', forSeconds: 660}],
      remoteWriteYaml: 'write_relabel_configs: [{regex: cluster, action: labeldrop}]',
    })
    expect(judgedAgents(ID, behind).findings[0]?.remedy[0]?.text).toMatch(/11 min of unsent data/)
  })
  it('is unknown without the configuration', () => {
    expect(judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')})).unknown).toHaveLength(1)
  })
})
