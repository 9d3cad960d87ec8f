import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents, judgedFleet} from '../judged.ts'

const ID = 'access/credentials-rejected'

describe(ID, () => {
  it('names the user whose credentials a context does not take', async () => {
    const serverVersion = aFailure('unauthorized', 'https://cluster5.example:6443 answered 401 Unauthorized')
    const result = judgedFleet(ID, {agents: [], contexts: {cluster5: {serverVersion, user: 'viewer'}}})
    expect(result.severities).toEqual(['error'])
    expect(result.titles[0]).toContain('user viewer')
    await expectWords(ID, result)
  })
  it('does not say that a context rejects what a plug-in never gave', () => {
    const serverVersion = aFailure('unauthorized', 'credential plug-in "aws" ended with exit code 255: SSO expired')
    const result = judgedFleet(ID, {agents: [], contexts: {cluster5: {serverVersion, user: 'viewer'}}})
    expect(result.titles).toEqual(['the credential plug-in of user viewer gives context cluster5 no credentials'])
  })
  it('counts a 401 of a list call when GET /version is open to all', () => {
    const podLists = [{namespace: '*', pods: aFailure('unauthorized', '401')}]
    expect(judgedFleet(ID, {agents: [], contexts: {c: {podLists}}}).severities).toEqual(['error'])
  })
  it('says nothing when the credentials are taken, even where permissions are missing', () => {
    const podLists = [{namespace: '*', pods: aFailure('forbidden', '403')}]
    expect(judgedFleet(ID, {agents: [], contexts: {c: {podLists}}})).toMatchObject({findings: [], judged: 1})
  })
  it('does not take the 401 of an agent for one of the API server', () => {
    const agent = anAgent({scrapes: [aFailure('agent-unauthorized', '401')]})
    expect(judgedAgents(ID, agent).findings).toEqual([])
  })
  it('is unknown when the API server does not answer', () => {
    const result = judgedFleet(ID, {agents: [], contexts: {c: {serverVersion: aFailure('timeout', 'no answer')}}})
    expect(result.unknown).toEqual(['its API server could not be read: no answer'])
  })
})
