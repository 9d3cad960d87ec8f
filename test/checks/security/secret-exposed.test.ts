import {describe, expect, it} from 'vitest'
import {redactConfig} from '../../../src/collect/redact.ts'
import {aFailure, anAgent} from '../../builders/evidence.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'security/secret-exposed'
const SECRET = 'planted-9f3c1'

/** As the agent's configuration API shows the entry, and collect keeps it. */
function showing(url: string, ...lines: string[]) {
  const entry = [`- url: ${url}`, ...lines.map(line => `  ${line}`)].join('\n')
  return anAgent({config: redactConfig(`global:\n  scrape_interval: 15s\nremote_write:\n${entry}\n`)})
}
const plain = 'https://central.example/api/v1/write'

describe(ID, () => {
  it('warns of a token in the query, without showing it', async () => {
    const result = judgedAgents(ID, showing(`${plain}?tenant=a&token=${SECRET}`))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('(token)')
    expect(result.words).not.toContain(SECRET)
    await expectWords(ID, result)
  })
  it('warns of a header that the configuration API shows', async () => {
    const result = judgedAgents(ID, showing(plain, 'headers:', `  X-Api-Key: ${SECRET}`))
    expect(result.severities).toEqual(['warning'])
    expect(result.words).not.toContain(SECRET)
    await expectWords(ID, result, 'header')
    expect(
      judgedAgents(ID, showing(plain, 'http_headers:', '  X-Api-Key:', `    values: [${SECRET}]`)).findings,
    ).toEqual([])
    const values = showing(plain, 'http_headers:', '  X-Api-Key:', '    values:', `    - ${SECRET}`)
    expect(judgedAgents(ID, values).severities).toEqual(['warning'])
  })
  it('warns of a password in the URL, which the log prints', () => {
    const result = judgedAgents(ID, showing(`https://agent:${SECRET}@central.example/api/v1/write`))
    expect(result.titles[0]).toContain('the password in its URL')
    expect(result.words).not.toContain(SECRET)
  })
  it('says nothing of what Prometheus masks itself', () => {
    const masked = [
      showing(plain, 'basic_auth:', '  username: agent', '  password: <secret>'),
      showing(plain, 'authorization:', '  type: Bearer', '  credentials: <secret>'),
      showing(plain, 'http_headers:', '  X-Api-Key:', '    secrets:', '    - <secret>'),
      showing(plain, 'http_headers:', '  X-Api-Key:', '    files:', '    - /etc/key'),
    ]
    for (const agent of masked) expect(judgedAgents(ID, agent)).toMatchObject({findings: [], judged: 1})
  })
  it('says nothing of a tenant, nor of a user without a password', () => {
    expect(judgedAgents(ID, showing(plain, 'headers:', '  X-Scope-OrgID: team-a')).findings).toEqual([])
    expect(judgedAgents(ID, showing('https://agent@central.example/api/v1/write')).findings).toEqual([])
    expect(judgedAgents(ID, showing(`${plain}?tenant=a`)).findings).toEqual([])
  })
  it('is unknown without the configuration', () => {
    const result = judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')}))
    expect(result).toMatchObject({findings: [], unknown: ['its configuration could not be read: no answer'], judged: 0})
  })
})
