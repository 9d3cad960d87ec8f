import {describe, expect, it} from 'vitest'
import {anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/name-not-resolved'
const NO_HOST = 'dial tcp: lookup central.example on 10.96.0.10:53: no such host'

describeReceiverCheck(ID, {
  outage: retrying,
  answers: [
    NO_HOST,
    // The name server itself does not answer.
    'dial tcp: lookup central.example on 10.96.0.10:53: read udp 10.0.0.7:51->10.96.0.10:53: i/o timeout',
  ],
  others: ['dial tcp 172.28.139.113:9090: connect: connection refused'],
  blame: {alone: 'config', othersFine: 'cluster'},
})

describe(ID, () => {
  it.each([
    'dial tcp: lookup central.example on 10.255.255.53:53: read udp 10.0.0.7:51->10.255.255.53:53: i/o timeout',
    'dial tcp: lookup central.example: read udp 10.0.0.7:51->10.255.255.53:53: read: connection refused',
  ])('says of a DNS server that does not answer that it does not, and nothing of the name (%s)', async error => {
    const result = judgedAgents(ID, retrying(error))
    expect(result.titles).toEqual([
      'the DNS server 10.255.255.53:53 does not answer cluster2 monitoring/agent-0, which asks it for central.example',
    ])
    expect(result.findings[0]?.blame).toBe('cluster')
    expect(result.words).toContain('get networkpolicies')
    expect(result.words).not.toMatch(/a DNS record|correct the URL/)
    if (error.includes('timeout')) await expectWords(ID, result, 'silent-server')
  })
  it('warns before the URL is edited', () => {
    const {words} = judgedAgents(ID, retrying(NO_HOST))
    expect(words).toContain('restart cost: 11 min of unsent data')
    expect(words).toContain('discards 11 min of unsent data')
  })
  it('says of a cluster-local name that it resolves in one cluster only', () => {
    const url = 'http://central.monitoring.svc:9090/api/v1/write'
    const agent = retrying('dial tcp: lookup central.monitoring.svc: no such host', {
      queues: [{url, doing: 'retrying'}],
    })
    const result = judgedAgents(ID, agent)
    expect(result.words).toContain('cluster-local')
    expect(result.words).toContain('kubectl --context cluster2 -n monitoring get service,endpoints central')
  })
  it('does not mind the lookups that failed in the first seconds of a healthy agent', () => {
    const log = [
      {message: 'Failed to send batch, retrying', error: `Post "http://central.example:9090": ${NO_HOST}`, count: 3},
    ]
    expect(judgedAgents(ID, anAgent({uptimeSeconds: 90, log}))).toMatchObject({findings: [], unknown: []})
  })
})
