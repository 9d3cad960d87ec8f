import {describe, expect, it} from 'vitest'
import {anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'
import {refusing, retrying} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

const ID = 'receiver/rate-limited'

describeReceiverCheck(ID, {
  outage: refusing,
  answers: [
    '429 Too Many Requests: the request has been rejected because the tenant exceeded the ingestion rate limit',
    '429 Too Many Requests: ',
  ],
  blame: {alone: 'central', othersFine: 'central'},
})

describe(ID, () => {
  const remoteWriteYaml = 'queue_config: {retry_on_http_429: true}'
  it('does not ask for what is set already, and says that nothing is lost yet', () => {
    const agent = retrying('x', {remoteWriteYaml})
    const shape = agent.evidence.log.ok ? agent.evidence.log.value.shapes[0] : undefined
    if (shape) shape.error = 'server returned HTTP status 429 Too Many Requests: slow down'
    const result = judgedAgents(ID, agent)
    expect(result.words).toContain('Nothing is lost yet')
    expect(result.words).not.toContain('set queue_config.retry_on_http_429')
  })
  it('says until when the queue waits because it was asked to', async () => {
    const message = 'Retrying after duration specified by Retry-After header'
    const log = [{message, error: null, sample: `msg="${message}" duration=10m`, last: timestamp(NOW - 60)}]
    const agent = anAgent({queues: [{doing: 'hanging'}], log, remoteWriteYaml})
    await expectWords(ID, judgedAgents(ID, agent), 'asked-to-wait')
    expect(judgedAgents('delivery/stalled', agent).findings).toEqual([])
  })
})
