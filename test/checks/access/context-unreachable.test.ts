import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'access/context-unreachable'
const dead = aFailure('timeout', 'https://cluster5.example:6443/version did not answer within 5 s')

describe(ID, () => {
  it('names the context whose API server does not answer, and no other', async () => {
    const result = judgedFleet(ID, {agents: [anAgent()], contexts: {cluster5: {serverVersion: dead}}})
    expect(result.findings.map(({scope}) => scope)).toEqual([{context: 'cluster5'}])
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('access')
    await expectWords(ID, result)
  })
  it('says nothing when all answer', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it.each(['unreachable', 'timeout', 'malformed', 'failed', 'not-found'] as const)(
    'counts the failure "%s"',
    reason => {
      expect(judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure(reason)}}}).severities).toEqual([
        'error',
      ])
    },
  )
  it.each([
    ['untrusted', "its certificate is not signed by the kubeconfig's certificate authority (X)", 'is not trusted'],
    ['untrusted', 'its certificate is not for 127.0.0.1: it is for api.internal', 'is for another name'],
    ['untrusted', 'its certificate has expired (CERT_HAS_EXPIRED)', 'is out of date'],
    ['untrusted', 'kubectl said: tls: x509: certificate signed by unknown authority', 'is not trusted'],
    ['unusable', 'credential plug-in "aws-nope" was not found', 'credential plug-in "aws-nope" was not found'],
    [
      'unusable',
      'the context names the cluster "missing", which the kubeconfig does not have',
      'the cluster "missing"',
    ],
    ['malformed', '<html>', 'is not a Kubernetes API server'],
    ['failed', 'answered 500', 'answers with an error'],
  ] as const)('does not say of "%s" (%s) that nothing answers', (reason, detail, title) => {
    const contexts = {c: {serverVersion: aFailure(reason, detail)}}
    const result = judgedFleet(ID, {agents: [], contexts})
    expect(result.titles[0]).toContain(title)
    expect(result.titles[0]).not.toContain('does not answer')
    if (reason === 'untrusted' || reason === 'unusable') expect(result.words).not.toContain('VPN')
  })
  it('says what to do about a certificate that is not trusted', async () => {
    const serverVersion = aFailure(
      'untrusted',
      "the API server https://cluster5.example:6443: its certificate is not signed by the kubeconfig's certificate authority (SELF_SIGNED_CERT_IN_CHAIN)",
    )
    await expectWords(ID, judgedFleet(ID, {agents: [], contexts: {cluster5: {serverVersion}}}), 'untrusted')
  })
  it('says what to do about a plug-in that is not installed', async () => {
    const serverVersion = aFailure('unusable', 'credential plug-in "aws-nope" was not found: see https://aws.example')
    await expectWords(ID, judgedFleet(ID, {agents: [], contexts: {cluster5: {serverVersion}}}), 'unusable')
  })
  it.each(['unauthorized', 'forbidden'] as const)('leaves "%s" to the check on credentials and permissions', reason => {
    expect(judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure(reason)}}}).findings).toEqual([])
  })
  it('is unknown when the run was stopped first', () => {
    const result = judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure('interrupted')}}})
    expect(result).toMatchObject({findings: [], judged: 0})
    expect(result.unknown).toEqual(['the run was stopped before its API server answered'])
  })
})
