import {describe, expect, it} from 'vitest'
import {matchRemoteWrite} from '../../../src/facts/config/config.ts'
import {parseConfig} from '../../../src/facts/config/parse-config.ts'

describe('a queue and the entry it belongs to', () => {
  const parsed = parseConfig(
    'remote_write: [{url: "http://h/w"}, {url: "http://h/w", headers: {a: b}}, {url: "http://h/w", name: n}, {url: "http://u:xxxxx@k/w?token=a"}]',
  )
  const entries = parsed.ok ? parsed.config.remoteWrites : []

  it('are not matched when two unnamed entries share the URL', () => {
    expect(matchRemoteWrite(entries, {name: 'abcdef', url: 'http://h/w'})).toBeNull()
    expect(matchRemoteWrite(entries, {name: 'n', url: 'http://h/w'})?.index).toBe(2)
  })

  it('are matched whatever was made of the credentials on the way', () => {
    expect(matchRemoteWrite(entries, {name: 'abcdef', url: 'http://k/w?token=a'})?.index).toBe(3)
    expect(matchRemoteWrite(entries, {name: 'abcdef', url: 'http://u:***@k/w?token=***'})?.index).toBe(3)
  })
})
