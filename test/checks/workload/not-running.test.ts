import {describe, expect, it} from 'vitest'
import type {AgentResource} from '../../../src/evidence/types.ts'
import {type AgentOptions, aFailure, anAgent, collected, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'workload/not-running'
const gone = aFailure('unreachable', 'the pod does not run')
const state = {
  kind: 'waiting' as const,
  reason: 'ContainerCreating',
  message: null,
  exitCode: null,
  startedAt: null,
  finishedAt: null,
}

function pendingFor(seconds: number, options: AgentOptions = {}) {
  return anAgent({
    ...options,
    scrapes: [gone],
    podStatus: {phase: 'Pending', createdAt: timestamp(NOW - seconds), startedAt: null, ...options.podStatus},
    container: {state, ...options.container},
  })
}
const unschedulable = {
  conditions: [
    {
      ...{type: 'PodScheduled', status: 'False', reason: 'Unschedulable', since: timestamp(NOW - 1800)},
      message: '0/3 nodes are available: 3 Insufficient memory.',
    },
  ],
}

describe(ID, () => {
  it('quotes the scheduler when no node can run the pod', async () => {
    const agent = pendingFor(1800, {podStatus: unschedulable})
    agent.evidence.claims = collected([
      {name: 'db-agent-0', phase: 'Pending', capacityBytes: null, storageClass: 'fast'},
    ])
    const result = judgedAgents(ID, agent)
    expect(result.severities).toEqual(['error'])
    expect(result.titles).toEqual(['cluster2 monitoring/agent-0 is not running: no node can run it'])
    await expectWords(ID, result)
  })
  it('names the volume claim that is not bound when nothing else says why the pod waits', () => {
    const agent = pendingFor(1800)
    agent.evidence.claims = collected([
      {name: 'db-agent-0', phase: 'Pending', capacityBytes: null, storageClass: 'fast'},
    ])
    expect(judgedAgents(ID, agent).titles).toEqual([
      'cluster2 monitoring/agent-0 is not running: its volume claim db-agent-0 is not bound',
    ])
  })
  it('says that no node was chosen when nobody says anything of a pod', () => {
    const agent = pendingFor(1800, {podStatus: {node: null}, container: {state: null}})
    expect(judgedAgents(ID, agent).titles).toEqual([
      'cluster2 monitoring/agent-0 is not running: it has no node yet, for no stated reason',
    ])
  })
  it('quotes the kubelet when the image cannot be pulled, from the first second', () => {
    const container = {
      state: {...state, reason: 'ImagePullBackOff', message: 'Back-off pulling image "prom/prometheus:v9"'},
    }
    const result = judgedAgents(ID, pendingFor(5, {container}))
    expect(result.titles).toEqual(['cluster2 monitoring/agent-0 is not running: ImagePullBackOff'])
    expect(result.findings[0]?.evidence[1]?.value).toContain('prom/prometheus:v9')
  })
  it('says nothing of a pod that runs', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('gives a pod that is being created 60 s, exactly', () => {
    expect(judgedAgents(ID, pendingFor(59)).unknown).toEqual(['its pod has been starting for 59 s'])
    expect(judgedAgents(ID, pendingFor(60)).severities).toEqual(['error'])
  })
  it('leaves a pod in CrashLoopBackOff to workload/crash-looping', () => {
    const container = {restarts: 7, state: {...state, reason: 'CrashLoopBackOff'}}
    const agent = pendingFor(1800, {container, podStatus: {phase: 'Running'}})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('quotes why a pod was evicted', () => {
    const podStatus = {phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.'}
    const result = judgedAgents(ID, pendingFor(1800, {podStatus, container: {state: null}}))
    expect(result.titles[0]).toContain('Evicted')
    expect(result.findings[0]?.evidence[1]?.value).toContain('ephemeral-storage')
  })
  it('reports a PrometheusAgent without a pod, and why it has none', async () => {
    const resource: AgentResource = {
      ...{namespace: 'monitoring', name: 'shop', mode: 'StatefulSet', replicas: 1, shards: 1},
      ...{paused: true, remoteWriteUrls: []},
    }
    const agent = anAgent({pod: '', name: 'shop', signs: ['resource'], podStatus: null, scrapes: [gone]})
    const fleet = {agents: [agent], contexts: {cluster2: {agentResources: collected([resource])}}}
    const result = judgedFleet(ID, fleet)
    expect(result.titles).toEqual([
      'PrometheusAgent cluster2 monitoring/shop has no pod: it is paused, so the operator ignores it',
    ])
    await expectWords(ID, result, 'no-pod')
  })
  it('is unknown when the pod status was not read', () => {
    const result = judgedAgents(ID, anAgent({podStatus: null}))
    expect(result).toMatchObject({findings: [], unknown: ['the state of its pod was not read'], judged: 0})
  })
})
