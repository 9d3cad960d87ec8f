import {describe, expect, it} from 'vitest'
import type {VolumeEvidence} from '../../../src/evidence/types.ts'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/wal-not-persistent'
const flags = {'storage.agent.path': '/prometheus'}
const volume = (kind: VolumeEvidence['kind'], mountPath: string): VolumeEvidence => ({
  ...{name: 'db', kind, mountPath},
  claim: kind === 'claim' ? 'db-agent-0' : null,
})
const on = (...volumes: VolumeEvidence[]) => anAgent({flags, podStatus: {volumes}})

describe(ID, () => {
  it('remarks on an emptyDir', async () => {
    const result = judgedAgents(ID, on(volume('empty-dir', '/prometheus')))
    expect(result.severities).toEqual(['info'])
    await expectWords(ID, result)
  })
  it('remarks on a WAL that lies in the container', async () => {
    const result = judgedAgents(ID, on(volume('claim', '/etc/prometheus')))
    expect(result.titles[0]).toContain('in its container')
    await expectWords(ID, result, 'container')
  })
  it('says nothing of a claim, nor of one mounted above the directory', () => {
    expect(judgedAgents(ID, on(volume('claim', '/prometheus')))).toMatchObject({findings: [], judged: 1})
    const deep = anAgent({
      flags: {'storage.agent.path': '/data/agent'},
      podStatus: {volumes: [volume('claim', '/data')]},
    })
    expect(judgedAgents(ID, deep).findings).toEqual([])
  })
  it('takes the nearest mount, and no neighbour whose name begins alike', () => {
    expect(judgedAgents(ID, on(volume('claim', '/'), volume('empty-dir', '/prometheus'))).severities).toEqual(['info'])
    expect(judgedAgents(ID, on(volume('empty-dir', '/prom'), volume('claim', '/'))).findings).toEqual([])
  })
  it('is unknown without flags, arguments or pod', () => {
    const agent = on(volume('claim', '/prometheus'))
    agent.evidence.flags = aFailure('timeout', 'no answer')
    expect(judgedAgents(ID, agent).unknown).toEqual([
      'where its WAL lies is not known: its flags could not be read: no answer',
    ])
    expect(judgedAgents(ID, anAgent({podStatus: null})).unknown).toHaveLength(1)
  })
})
