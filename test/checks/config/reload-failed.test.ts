import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, NOW} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'config/reload-failed'
const figures = {lastReloadSuccessful: false, lastReloadAt: NOW - 7200}
const log = [
  {
    level: 'error' as const,
    message: 'Error reloading config',
    queue: null,
    error:
      'couldn\'t load configuration (--config.file="/etc/prometheus/prometheus.yml"): parsing YAML file: field max_retries not found in type config.QueueConfig',
  },
]

describe(ID, () => {
  it('gives the reason from the log, and the age of the configuration that runs', async () => {
    const result = judgedAgents(ID, anAgent({figures, log}))
    expect(result.severities).toEqual(['error'])
    expect(result.words).toContain('field max_retries not found')
    expect(result.words).toContain('the configuration of 2 h ago')
    await expectWords(ID, result)
  })
  it('says when the reason is not in the log', () => {
    expect(judgedAgents(ID, anAgent({figures})).words).toContain('not in the log that was read')
  })
  it('warns that a reload costs an agent that is behind its backlog', () => {
    const result = judgedAgents(ID, anAgent({figures, log, queues: [{doing: 'retrying', forSeconds: 600}]}))
    expect(result.findings[0]?.remedy.map(({text}) => text).join('\n')).toMatch(/discards 10 min/)
  })
  it('says nothing when the last reload worked, whatever an older line of the log says', () => {
    expect(judgedAgents(ID, anAgent({log}))).toMatchObject({findings: [], judged: 1})
  })
  it('is unknown when metrics are missing', () => {
    const result = judgedAgents(ID, anAgent({scrapes: [aFailure('forbidden', '403')], log}))
    expect(result).toMatchObject({findings: [], unknown: ['its metrics could not be read: 403'], judged: 0})
  })
})
