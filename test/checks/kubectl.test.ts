import {describe, expect, it} from 'vitest'
import {settingsOf} from '../../src/checks/kubectl.ts'
import type {VolumeEvidence} from '../../src/evidence/types.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {type AgentOptions, aFleet, anAgent} from '../builders/evidence.ts'

const mounted = (mountPath: string, source?: VolumeEvidence['source']): VolumeEvidence => ({
  ...{name: mountPath, kind: 'other', claim: null, mountPath},
  ...(source && {source}),
})
const configMap = {kind: 'ConfigMap', name: 'agent-config'} as const

function settings(volumes: VolumeEvidence[], options: AgentOptions = {}) {
  const built = anAgent({flags: {'config.file': '/etc/prometheus/prometheus.yml'}, ...options})
  if (built.evidence.podStatus) built.evidence.podStatus.volumes = volumes
  const [agent] = readFacts(aFleet({agents: [built]})).agents
  return agent && settingsOf(agent)
}

describe('where the configuration is to be changed', () => {
  it('is the ConfigMap that is mounted over --config.file', () => {
    expect(
      settings([mounted('/etc', {kind: 'Secret', name: 'other'}), mounted('/etc/prometheus', configMap)]),
    ).toMatchObject({
      kept: 'the StatefulSet agent',
      configuration: 'the ConfigMap agent-config',
      showConfiguration: 'kubectl --context cluster2 -n monitoring get configmap agent-config -o yaml',
    })
    expect(settings([mounted('/etc/prometheus/prometheus.yml', configMap)])?.configuration).toBe(
      'the ConfigMap agent-config',
    )
  })
  it('is a Secret by its name, of which nothing is printed', () => {
    const found = settings([mounted('/etc/prometheus', {kind: 'Secret', name: 'agent-config'})])
    expect(found?.configuration).toBe('the Secret agent-config')
    expect(found?.showConfiguration).toBe(found?.show)
  })
  it('is what mounts it where it lies on a volume of a reloader, or nobody recorded what that shows', () => {
    const [unnamed, elsewhere] = [mounted('/etc/prometheus'), mounted('/etc/other', configMap)]
    for (const volumes of [
      [unnamed],
      [elsewhere],
      [mounted('/etc/prometheus', configMap), mounted('/etc/prometheus/prometheus.yml')],
    ])
      expect(settings(volumes)?.configuration).toBe('the configuration mounted by the StatefulSet agent')
  })
  it('is read from the arguments where the flags are not known', () => {
    const flags = {ok: false, reason: 'timeout', detail: 'no answer', needs: []} as const
    const built = anAgent()
    built.evidence.flags = {...flags, needs: []}
    const pod = built.evidence.podStatus
    if (pod) pod.volumes = [mounted('/etc/prometheus', configMap)]
    const own = pod?.containers[0]
    for (const args of [['--config.file=/etc/prometheus/a.yml'], ['--config.file', '/etc/prometheus/a.yml']]) {
      if (own) own.args = args
      const [agent] = readFacts(aFleet({agents: [built]})).agents
      expect(agent && settingsOf(agent).configuration).toBe('the ConfigMap agent-config')
    }
  })
  it('is the resource of the operator, whatever the operator mounts', () => {
    const found = settings([mounted('/etc/prometheus', configMap)], {signs: ['resource']})
    expect(found?.configuration).toBe('the PrometheusAgent agent')
  })
})
