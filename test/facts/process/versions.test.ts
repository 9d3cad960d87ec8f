import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {
  agentFlag,
  compareVersions,
  isAtLeast,
  KNOWN_BAD_VERSIONS,
  knownBad,
  parseVersion,
  queueDefaults,
} from '../../../src/facts/process/versions.ts'

function version(text: string) {
  const parsed = parseVersion(text)
  if (!parsed) throw new Error(`no version: ${text}`)
  return parsed
}

describe('a Prometheus version', () => {
  it.each([
    ['3.5.3+ds1', 3, 5, 3],
    ['v2.53.0', 2, 53, 0],
    ['2.42.0+ds', 2, 42, 0],
    ['2.54.0-rc.1', 2, 54, 0],
    ['3.0', 3, 0, 0],
    [' 3.14.0\n', 3, 14, 0],
  ])('is read from %s', (text, major, minor, patch) => {
    expect(parseVersion(text)).toEqual({text: text.trim(), major, minor, patch})
  })

  it.each(['latest', '', 'sha256:3.5', '3', '3.5.1.2', 'x3.5.0'])('is not read from "%s"', text => {
    expect(parseVersion(text)).toBeNull()
  })

  it('compares by number, not by text', () => {
    expect(isAtLeast(version('2.53.3'), '2.9')).toBe(true)
    expect(isAtLeast(version('3.7.0'), '3.7.0')).toBe(true)
    expect(isAtLeast(version('3.6.9'), '3.7')).toBe(false)
    expect(() => isAtLeast(version('3.6.9'), 'soon')).toThrow('not a release: soon')
  })

  it('orders as its numbers do', () => {
    const part = fc.integer({min: 0, max: 9999})
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (a, b) => {
        const numbers = (parts: number[]) => parts.map(each => String(each).padStart(4, '0')).join('.')
        const order = Math.sign(compareVersions(version(a.join('.')), version(b.join('.'))))
        expect(order).toBe(numbers(a) === numbers(b) ? 0 : numbers(a) < numbers(b) ? -1 : 1)
      }),
    )
  })
})

describe('what changed between releases', () => {
  it('is the size of queues in 2.44 and HTTP/2 in 3.0', () => {
    expect(queueDefaults(version('2.43.1'))).toMatchObject({
      maxShards: 200,
      maxSamplesPerSend: 500,
      capacity: 2500,
      enableHttp2: true,
    })
    expect(queueDefaults(version('2.44.0'))).toMatchObject({
      maxShards: 50,
      maxSamplesPerSend: 2000,
      capacity: 10000,
      enableHttp2: true,
    })
    expect(queueDefaults(version('3.0.0'))).toMatchObject({maxShards: 50, enableHttp2: false})
    expect(queueDefaults(null)).toEqual(queueDefaults(version('3.14.0')))
  })

  it('is the flag of agent mode in 3.0', () => {
    expect(agentFlag(version('2.55.1'))).toBe('--enable-feature=agent')
    expect(agentFlag(version('3.0.0'))).toBe('--agent')
  })
})

describe('releases to be left', () => {
  const losing = (text: string) =>
    knownBad(version(text))
      .filter(row => row.losesData && row.condition === null)
      .map(row => row.fixedIn)

  it.each(['2.42.0', '2.53.3', '3.5.3+ds1', '3.7.3', '3.14.0'])('do not include %s', text => {
    expect(losing(text)).toEqual([])
  })

  it.each([
    ['2.51.0', '2.53.1'],
    ['2.53.0', '2.53.1'],
    ['3.0.1', '3.1.0'],
    ['3.7.2', '3.7.3'],
    ['3.9.0', '3.9.1'],
  ])('include %s, mended in %s', (text, fixedIn) => {
    expect(losing(text)).toEqual([fixedIn])
  })

  it('are mended by a release that is not itself in the row', () => {
    for (const row of KNOWN_BAD_VERSIONS) expect(knownBad(version(row.fixedIn))).not.toContain(row)
  })
})
