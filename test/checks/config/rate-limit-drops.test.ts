import {describe, expect, it} from 'vitest'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {failing, refusing} from '../receiver/outage.ts'

const ID = 'config/rate-limit-drops'
const answer =
  '429 Too Many Requests: the request has been rejected because the tenant exceeded the ingestion rate limit'

describe(ID, () => {
  it('is an error when 429 drops batches', async () => {
    const result = judgedAgents(ID, refusing(answer))
    expect(result.severities).toEqual(['error'])
    await expectWords(ID, result)
  })
  it('knows it by the refusal itself where the configuration could not be read', () => {
    const result = judgedAgents(ID, refusing(answer, {config: aFailure('timeout', 'no answer')}))
    expect(result.severities).toEqual(['error'])
  })
  it('says nothing of 429 that is sent again: that is receiver/rate-limited', () => {
    const remoteWriteYaml = 'queue_config: {retry_on_http_429: true}'
    expect(judgedAgents(ID, failing(answer, {remoteWriteYaml}))).toMatchObject({findings: [], judged: 1})
  })
  it('says nothing of other refusals, nor of a queue that delivers', () => {
    expect(judgedAgents(ID, refusing('401 Unauthorized: ')).findings).toEqual([])
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('is unknown where samples are refused and the log cannot be read', () => {
    const hidden = refusing(answer, {log: aFailure('forbidden', 'pods/log is forbidden')})
    expect(judgedAgents(ID, hidden).unknown).toHaveLength(1)
    const retried = refusing(answer, {
      ...{log: aFailure('forbidden', 'no'), remoteWriteYaml: 'queue_config: {retry_on_http_429: true}'},
    })
    expect(judgedAgents(ID, retried).unknown).toEqual([])
  })
})
