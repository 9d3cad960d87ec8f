import {describe, expect, it} from 'vitest'
import {identityOf} from '../../../src/facts/central/identity.ts'
import {parseConfig} from '../../../src/facts/config/parse-config.ts'

/** `rules` of write_relabel_configs, `job` lines of the scrape job. */
function identity(labels: Record<string, string>, rules: string[] = [], job = '', isShard = false) {
  const yaml = [
    `global: {external_labels: ${JSON.stringify(labels)}}`,
    `scrape_configs:\n- job_name: pods\n${job}`,
    `remote_write:\n- url: http://central/api/v1/write\n  write_relabel_configs: [${rules.join(', ')}]`,
  ].join('\n')
  const parsed = parseConfig(yaml, null)
  const [remoteWrite] = parsed.ok ? parsed.config.remoteWrites : []
  if (!parsed.ok || remoteWrite === undefined) throw new Error('no configuration')
  return identityOf({config: parsed.config, remoteWrite, version: null, isShard})
}

const labelsOf = (...given: Parameters<typeof identity>) => identity(...given).labels
const blog = {cluster: 'cluster2', environment: 'test', prometheus_type: 'agent'}

describe('what an agent is called at its central', () => {
  it('is its external labels', () => {
    expect(labelsOf(blog)).toEqual(blog)
  })
  it('leaves out what names the replica, but for shards, which it tells apart', () => {
    const pair = {cluster: 'a', prometheus: 'monitoring/agent', prometheus_replica: 'agent-0'}
    expect(labelsOf(pair)).toEqual({cluster: 'a', prometheus: 'monitoring/agent'})
    expect(labelsOf(pair, [], '', true)).toEqual(pair)
  })
  it('is as the write rules leave it', () => {
    expect(labelsOf(blog, ["{action: labeldrop, regex: 'prometheus_.*'}"])).toEqual({
      cluster: 'cluster2',
      environment: 'test',
    })
    expect(labelsOf(blog, ["{action: labelkeep, regex: 'cluster|__name__|job'}"])).toEqual({cluster: 'cluster2'})
    expect(labelsOf(blog, ['{target_label: environment, replacement: live}'])).toEqual({...blog, environment: 'live'})
    expect(
      labelsOf(blog, ["{source_labels: [cluster], regex: 'cluster(.*)', target_label: cluster, replacement: 'c$1'}"]),
    ).toEqual({
      ...blog,
      cluster: 'c2',
    })
  })
  it('is not touched by rules that add labels, keep lists and guards', () => {
    const rules = [
      "{source_labels: [cluster], regex: '^$', action: drop}",
      "{source_labels: [__name__], regex: 'up|kube_.*', action: keep}",
      "{source_labels: [__name__], regex: 'container_blkio_.*', action: drop}",
      '{target_label: cluster_source, replacement: agent}',
    ]
    expect(labelsOf(blog, rules)).toEqual(blog)
  })
  it('holds where a target label sets the same value, as a scrape class does', () => {
    const rule = (replacement: string) =>
      `  relabel_configs: [{source_labels: [__name__], regex: '(.*)', target_label: cluster, replacement: ${replacement}}]`
    expect(labelsOf(blog, [], rule('cluster2'))).toEqual(blog)
    expect(identity(blog, [], rule('other'))).toMatchObject({labels: null, because: expect.stringContaining('cluster')})
  })
  it.each([
    ['it has no external labels', {}, []],
    ['its replica label is all it has', {prometheus_replica: 'a'}, []],
    ['every label is dropped', {cluster: 'a'}, ['{action: labeldrop, regex: cluster}']],
    ['everything is dropped by it', {cluster: 'a'}, ['{source_labels: [cluster], regex: a, action: drop}']],
    [
      'a rule takes it from what each series holds',
      {cluster: 'a'},
      ['{source_labels: [namespace], target_label: cluster}'],
    ],
  ])('is not known where %s', (_, labels, rules) => {
    expect(labelsOf(labels, rules)).toBeNull()
  })
})
