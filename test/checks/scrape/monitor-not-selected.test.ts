import {describe, expect, it} from 'vitest'
import type {LabelSelector, Monitors} from '../../../src/evidence/labels.ts'
import type {AgentResource} from '../../../src/evidence/types.ts'
import {type AgentOptions, aFailure, anAgent, collected} from '../../builders/evidence.ts'
import {expectWords, judgedFleet} from '../judged.ts'

const ID = 'scrape/monitor-not-selected'
const kps: LabelSelector = {matchLabels: {release: 'kps'}, matchExpressions: []}
const everywhere: LabelSelector = {matchLabels: {}, matchExpressions: []}
const takes = (labels: LabelSelector | null, namespaces: LabelSelector | null = everywhere) => [
  {kind: 'ServiceMonitor' as const, labels, namespaces},
]

const resource = (more: Partial<AgentResource> = {}): AgentResource => ({
  ...{namespace: 'monitoring', name: 'agent', mode: 'StatefulSet', replicas: 1, shards: 1, paused: false},
  ...{remoteWriteUrls: [], monitorSelectors: takes(kps)},
  ...more,
})
const monitor = (name: string, labels: Record<string, string>): Monitors['monitors'][number] => ({
  ...{kind: 'ServiceMonitor', namespace: 'shop', name, labels},
})
const seen = (monitors: Monitors['monitors'], more: Partial<Monitors> = {}) =>
  collected<Monitors>({monitors, servers: [], namespaces: null, complete: true, ...more})

function judgedWith(monitors: ReturnType<typeof seen> | undefined, agent: AgentOptions = {}, resources = [resource()]) {
  return judgedFleet(ID, {
    agents: [anAgent({signs: ['resource'], ...agent})],
    contexts: {cluster2: {agentResources: collected(resources), ...(monitors !== undefined && {monitors})}},
  })
}

/** A running configuration with the job of ServiceMonitor shop/web, and its targets. */
const jobOf = (active: number): AgentOptions => ({
  config:
    'scrape_configs:\n- job_name: serviceMonitor/shop/web/0\nremote_write:\n- url: http://central.example:9090/api/v1/write\n',
  targets: {
    active,
    pools: [{name: 'serviceMonitor/shop/web/0', active, up: active, down: 0, intervalSeconds: 15, errors: []}],
  },
})

describe(ID, () => {
  it('is a warning for a monitor whose labels no agent wants, with the selector that comes nearest', async () => {
    const result = judgedWith(seen([monitor('web', {app: 'web'}), monitor('ok', {release: 'kps'})]))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('1 monitor of cluster2 is taken by no agent: ServiceMonitor shop/web')
    await expectWords(ID, result)
  })
  it('says nothing of a monitor that a Prometheus server takes', () => {
    const servers = [{namespace: 'monitoring', name: 'main', selectors: takes(everywhere)}]
    expect(judgedWith(seen([monitor('web', {})], {servers}))).toMatchObject({findings: [], judged: 1})
  })
  it('is about the one agent there is, so that what it lacks folds under it, else about the cluster', () => {
    expect(judgedWith(seen([monitor('web', {})])).findings[0]?.scope).toMatchObject({pod: 'agent-0'})
    const two = [resource(), resource({name: 'second'})]
    expect(judgedWith(seen([monitor('web', {})]), {}, two).findings[0]?.scope).toEqual({context: 'cluster2'})
  })
  it('is info for a monitor that is taken and yields nothing', async () => {
    const result = judgedWith(seen([monitor('web', {release: 'kps'})]), jobOf(0))
    expect(result.severities).toEqual(['info'])
    await expectWords(ID, result, 'idle')
    expect(judgedWith(seen([monitor('web', {release: 'kps'})]), jobOf(1)).findings).toEqual([])
  })
  it('does not call a monitor idle while the targets of an agent are not known', () => {
    const targets = aFailure('timeout', 'no answer')
    expect(judgedWith(seen([monitor('web', {release: 'kps'})]), {...jobOf(0), targets}).findings).toEqual([])
  })
  it('says which namespaces an agent takes', () => {
    const own = judgedWith(seen([monitor('web', {release: 'kps'})]), {}, [
      resource({monitorSelectors: takes(kps, null)}),
    ])
    expect(own.words).toContain('takes its own namespace only')
    const none = judgedWith(seen([monitor('web', {release: 'kps'})]), {}, [resource({monitorSelectors: takes(null)})])
    expect(none.words).toContain('has no selector for ServiceMonitors')
  })
  it('is unknown where monitors may not be listed, and does not apply where they were not looked at', () => {
    const forbidden = aFailure('forbidden', '403', [
      [{verb: 'list', group: 'monitoring.coreos.com', resource: 'servicemonitors', namespace: null}],
    ])
    const refused = judgedFleet(ID, {
      agents: [anAgent()],
      contexts: {cluster2: {agentResources: collected([resource()]), monitors: forbidden}},
    })
    expect(refused.unknown[0]).toContain('list on servicemonitors.monitoring.coreos.com in all namespaces')
    expect(judgedWith(undefined)).toMatchObject({findings: [], unknown: [], judged: 0})
  })
})
