import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'central/single-address'
const writingTo = (url: string, context = 'cluster2') => anAgent({context, queues: [{url}]})

describe(ID, () => {
  it('remarks on a node address with a NodePort, once for all who write there', async () => {
    const url = 'http://172.28.139.113:30090/api/v1/write'
    const result = judgedAgents(ID, writingTo(url), writingTo(url, 'cluster3'))
    expect(result.severities).toEqual(['info'])
    await expectWords(ID, result)
  })
  it.each([
    ['http://10.0.0.1:9090/api/v1/write', 'an IP address'],
    ['http://[fd00::1]:9090/api/v1/write', 'an IP address'],
    ['http://node-1.example:32767/api/v1/write', 'a NodePort'],
    ['http://node-1.example:30000/api/v1/write', 'a NodePort'],
  ])('knows %s for %s', (url, what) => {
    expect(judgedAgents(ID, writingTo(url)).titles[0]).toContain(what)
  })
  it.each([
    'https://metrics.example/api/v1/write',
    'http://node-1.example:29999/api/v1/write',
    'http://node-1.example:32768/api/v1/write',
    'http://127.0.0.1:9090/api/v1/write',
    'http://localhost:30090/api/v1/write',
  ])('passes over %s', url => {
    expect(judgedAgents(ID, writingTo(url)).findings).toEqual([])
  })
  it('does not apply to an agent without an endpoint', () => {
    expect(judgedAgents(ID, anAgent({queues: []}))).toMatchObject({findings: [], unknown: [], judged: 0})
  })
})
