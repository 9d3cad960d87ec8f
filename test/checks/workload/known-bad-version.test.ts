import {describe, expect, it} from 'vitest'
import {aFailure, anAgent, collected} from '../../builders/evidence.ts'
import {scrapesWith} from '../extra.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'workload/known-bad-version'

/** An agent that may be seen and not asked. */
function knownByTag(tag: string) {
  const agent = anAgent({scrapes: [aFailure('timeout', 'no answer')], container: {image: `prometheus:${tag}`}})
  agent.evidence.buildInfo = aFailure('timeout', 'no answer')
  return agent
}

describe(ID, () => {
  it.each(['2.42.0', '2.53.3', '2.54.0', '3.1.0', '3.5.3+ds1', '3.7.3', '3.9.1', '3.14.0'])(
    'warns of nothing on %s',
    version => {
      expect(judgedAgents(ID, anAgent({version})).severities.filter(severity => severity !== 'info')).toEqual([])
    },
  )
  it.each(['2.42.0', '2.53.3', '3.5.3+ds1'])('says nothing at all of %s', version => {
    expect(judgedAgents(ID, anAgent({version}))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('warns of a release that loses samples, and names the one that mends it', async () => {
    const result = judgedAgents(ID, anAgent({version: '2.53.0'}))
    expect(result.severities).toEqual(['warning'])
    expect(result.words).toContain('2.53.1')
    await expectWords(ID, result)
  })
  it.each(['2.51.0', '2.53.0', '3.0.1', '3.7.0', '3.7.2', '3.9.0'])('warns of %s', version => {
    expect(judgedAgents(ID, anAgent({version})).severities).toEqual(['warning'])
  })
  it('blames a release for sample_age_limit only where that is set', () => {
    const remoteWriteYaml = 'queue_config: {sample_age_limit: 2h}'
    expect(judgedAgents(ID, anAgent({version: '2.53.3', remoteWriteYaml})).severities).toEqual(['warning'])
    const unread = anAgent({version: '2.53.3', config: aFailure('timeout', 'no answer')})
    expect(judgedAgents(ID, unread).unknown).toEqual(['its configuration could not be read: no answer'])
  })
  it('names the leak of duplicate series only where targets expose some, as a remark', () => {
    const counter = 'prometheus_target_scrapes_sample_duplicate_timestamp_total'
    const clean = anAgent({scrapes: scrapesWith([`${counter} 0`], [`${counter} 0`])})
    const leaking = anAgent({scrapes: scrapesWith([`${counter} 3`], [`${counter} 3`])})
    expect(judgedAgents(ID, clean).findings).toEqual([])
    expect(judgedAgents(ID, leaking).severities).toEqual(['info'])
  })
  it('does not send an agent that is behind into an upgrade without naming the price', () => {
    const result = judgedAgents(ID, anAgent({version: '3.7.2', queues: [{doing: 'retrying', forSeconds: 660}]}))
    expect(result.words).toContain('11 min of unsent data')
  })
  it.each([
    ['3.10', 'info'],
    ['v2.53.0', 'warning'],
  ])('knows by the tag %s alone what all its patch releases have, and says whence', (tag, severity) => {
    const result = judgedAgents(ID, knownByTag(tag))
    expect(result.severities).toEqual([severity])
    expect(result.findings[0]?.evidence[0]).toEqual({what: 'version', value: tag, source: "the image's tag"})
  })
  it.each(['2.48', '2.53', 'v2.53', '3.0', '3.7', '3.9'])(
    'does not know by the tag %s what its first patch releases have',
    tag => {
      expect(judgedAgents(ID, knownByTag(tag))).toMatchObject({
        findings: [],
        unknown: [
          `its image's tag ${tag} does not tell the patch release, and its metrics could not be read: no answer`,
        ],
        judged: 0,
      })
    },
  )
  it.each(['2.42', '2.53.3', '3.5', '3.8', 'v3.11'])('holds by the tag %s', tag => {
    expect(judgedAgents(ID, knownByTag(tag))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('takes the release from the build information before the tag', () => {
    const agent = knownByTag('2.53')
    agent.evidence.buildInfo = collected({version: '2.53.0'})
    expect(judgedAgents(ID, agent).findings[0]?.evidence[0]).toMatchObject({source: '/api/v1/status/buildinfo'})
    agent.evidence.buildInfo = collected({version: '2.53.3'})
    expect(judgedAgents(ID, agent)).toMatchObject({findings: [], unknown: [], judged: 1})
    const measured = judgedAgents(ID, anAgent({version: '2.53.0', container: {image: 'prometheus:2.53'}}))
    expect(measured.findings[0]?.evidence[0]).toMatchObject({source: 'prometheus_build_info'})
  })
  it('is unknown where the version is', () => {
    const agent = anAgent({scrapes: [aFailure('timeout', 'no answer')], container: {image: 'prometheus@sha256:0123'}})
    agent.evidence.buildInfo = aFailure('timeout', 'no answer')
    expect(judgedAgents(ID, agent).unknown).toHaveLength(1)
  })
})
