import {describe, expect, it} from 'vitest'
import {quantity} from '../../../src/collect/discovery/quantity.ts'
import {eventEvidence, podEvidence, whyNotRunning} from '../../../src/collect/discovery/workload.ts'
import {agentPod} from '../fake-cluster.ts'

describe('quantity', () => {
  it.each([
    ['1Gi', 2 ** 30],
    ['1536Mi', 1536 * 2 ** 20],
    ['300m', 0.3],
    ['2', 2],
    ['1e9', 1e9],
    ['1.5G', 1.5e9],
    ['100k', 1e5],
    [4, 4],
    [undefined, null],
    ['lots', null],
    ['1Zi', null],
  ])('%s is %s', (text, expected) => {
    if (expected === null) expect(quantity(text)).toBeNull()
    else expect(quantity(text)).toBeCloseTo(expected)
  })
})

describe('the evidence of a pod', () => {
  it('puts the agent first, and hides secrets in arguments', () => {
    const pod = agentPod('a-0', {
      spec: {
        containers: [
          {name: 'reloader', image: 'r'},
          {
            name: 'prometheus',
            image: 'p',
            args: ['--agent', '--web.password=hunter2', '--token', 'hunter2', '--web.external-url=http://u:hunter2@h/'],
            resources: {limits: {memory: '512Mi', cpu: '300m'}},
            volumeMounts: [{name: 'db', mountPath: '/prometheus'}],
          },
          {name: 'istio-proxy', image: 'i'},
        ],
        volumes: [
          {name: 'db', persistentVolumeClaim: {claimName: 'db-a-0'}},
          {name: 'tmp', emptyDir: {}},
          {name: 'own', ephemeral: {}},
          {name: 'config', configMap: {name: 'agent-config'}},
          {name: 'token', secret: {secretName: 'agent-token'}},
          {name: 'one', projected: {sources: [{configMap: {name: 'alone'}}, {}]}},
          {name: 'two', projected: {sources: [{configMap: {name: 'a'}}, {secret: {name: 'b'}}]}},
        ],
      },
    })
    const evidence = podEvidence(pod, 'prometheus')
    const shown = {kind: 'other', claim: null, mountPath: null}
    expect(evidence.containers.map(({name}) => name)).toEqual(['prometheus', 'reloader', 'istio-proxy'])
    expect(evidence.containers[0]).toMatchObject({
      memoryLimitBytes: 512 * 2 ** 20,
      cpuLimitCores: 0.3,
      args: ['--agent', '--web.password=<secret>', '--token', '<secret>', '--web.external-url=http://u:xxxxx@h/'],
    })
    expect(evidence.volumes).toEqual([
      {name: 'db', kind: 'claim', claim: 'db-a-0', mountPath: '/prometheus'},
      {name: 'tmp', kind: 'empty-dir', claim: null, mountPath: null},
      {name: 'own', kind: 'claim', claim: 'a-0-own', mountPath: null},
      {...{name: 'config', ...shown}, source: {kind: 'ConfigMap', name: 'agent-config'}},
      {...{name: 'token', ...shown}, source: {kind: 'Secret', name: 'agent-token'}},
      {...{name: 'one', ...shown}, source: {kind: 'ConfigMap', name: 'alone'}},
      {name: 'two', ...shown},
    ])
    expect(evidence.meshSidecar).toBe('istio-proxy')
  })

  it('keeps the last termination', () => {
    const status = {
      containerStatuses: [
        {
          name: 'prometheus',
          restartCount: 3,
          state: {waiting: {reason: 'CrashLoopBackOff'}},
          lastState: {
            terminated: {
              reason: 'OOMKilled',
              exitCode: 137,
              startedAt: '2026-11-23T00:00:00Z',
              finishedAt: '2026-11-23T00:01:00Z',
            },
          },
        },
      ],
    }
    const evidence = podEvidence(agentPod('a-0', {status}), 'prometheus')
    expect(evidence.containers[0]).toMatchObject({
      restarts: 3,
      state: {kind: 'waiting', reason: 'CrashLoopBackOff'},
      lastState: {kind: 'terminated', reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-11-23T00:01:00.000Z'},
    })
  })

  it('says why a container cannot be asked', () => {
    expect(whyNotRunning(agentPod('a-0'), 'prometheus')).toBeNull()
    expect(whyNotRunning(agentPod('a-0', {status: {phase: 'Pending', containerStatuses: []}}), 'prometheus')).toBe(
      'was never started, the pod is Pending',
    )
    expect(whyNotRunning({}, 'prometheus')).toBe('was never started, the pod is Unknown')
  })
})

it('events come newest last, with the times of both event APIs', () => {
  const events = eventEvidence([
    {
      type: 'Warning',
      reason: 'BackOff',
      message: 'b',
      count: 4,
      firstTimestamp: '2026-11-23T00:00:00Z',
      lastTimestamp: '2026-11-23T00:09:00Z',
      involvedObject: {kind: 'Pod'},
    },
    {reason: 'Scheduled', message: 'password: hunter2', eventTime: '2026-11-23T00:01:00.5Z'},
  ])
  expect(events.map(({reason, last}) => [reason, last])).toEqual([
    ['Scheduled', '2026-11-23T00:01:00.500Z'],
    ['BackOff', '2026-11-23T00:09:00.000Z'],
  ])
  expect(events[0]?.message).toBe('password: <secret>')
})
