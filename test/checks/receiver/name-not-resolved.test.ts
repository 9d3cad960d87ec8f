import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {NO_LOG, retrying} from './outage.ts'

const ID = 'receiver/name-not-resolved'
const NO_HOST = 'dial tcp: lookup central.example on 10.96.0.10:53: no such host'

describe(ID, () => {
  it('is found while the name does not resolve, and warns before the URL is edited', async () => {
    const result = judgedAgents(ID, retrying(NO_HOST))
    expect(result.severities).toEqual(['error'])
    expect(result.words).toContain('a restart costs: 11 min of unsent data')
    expect(result.words).toContain('gives up 11 min of unsent data')
    await expectWords(ID, result)
  })
  it('says of a cluster-local name that only one cluster knows it', async () => {
    const url = 'http://central.monitoring.svc:9090/api/v1/write'
    const agent = retrying('dial tcp: lookup central.monitoring.svc: no such host', {
      queues: [{url, doing: 'retrying'}],
    })
    const result = judgedAgents(ID, agent)
    expect(result.words).toContain('cluster-local')
    expect(result.words).toContain('kubectl --context cluster2 -n monitoring get service,endpoints central')
  })
  it('counts a name server that does not answer', () => {
    const words = 'dial tcp: lookup central.example on 10.96.0.10:53: read udp 10.0.0.7:51->10.96.0.10:53: i/o timeout'
    expect(judgedAgents(ID, retrying(words)).severities).toEqual(['error'])
  })
  it('does not mind the lookups that failed in the first seconds of a healthy agent', () => {
    const log = [
      {message: 'Failed to send batch, retrying', error: `Post "http://central.example:9090": ${NO_HOST}`, count: 3},
    ]
    expect(judgedAgents(ID, anAgent({uptimeSeconds: 90, log}))).toMatchObject({findings: [], unknown: []})
  })
  it("blames the cluster's DNS when the name resolves elsewhere", () => {
    expect(judgedAgents(ID, retrying(NO_HOST), anAgent({context: 'cluster4'})).findings[0]?.blame).toBe('cluster')
  })
  it('is unknown when the log cannot be read', () => {
    expect(judgedAgents(ID, retrying(NO_HOST, {log: NO_LOG}))).toMatchObject({findings: [], judged: 0})
  })
})
