import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {scanJsonArray} from '../../../src/collect/agent/json-array-scanner.ts'
import {createTargetsSummary} from '../../../src/collect/agent/targets.ts'

describe('scanJsonArray', () => {
  it('finds every element of the named array and nothing else, wherever the chunks are cut', () => {
    const element = fc.dictionary(fc.string({unit: 'binary', maxLength: 8}), fc.jsonValue({maxDepth: 2}), {maxKeys: 4})
    fc.assert(
      fc.property(
        fc.array(element, {maxLength: 6}),
        fc.array(element, {maxLength: 3}),
        fc.integer({min: 1, max: 9}),
        (wanted, others, size) => {
          const body = Buffer.from(
            JSON.stringify({
              status: 'success',
              data: {droppedTargets: others, activeTargets: wanted, droppedTargetCounts: {a: 1}},
            }),
          )
          const seen: unknown[] = []
          const scanner = scanJsonArray('activeTargets', json => seen.push(JSON.parse(json)))
          for (let start = 0; start < body.length; start += size) scanner.push(body.subarray(start, start + size))
          expect(seen).toEqual(JSON.parse(JSON.stringify(wanted)))
          expect(scanner.isComplete()).toBe(true)
        },
      ),
    )
  })

  it('knows a document that was cut off, and one without the array', () => {
    for (const body of [
      '{"data":{"activeTargets":[{"a":1}',
      '{"data":{"activeTargets":[]}',
      '{"data":{}}',
      '',
      'junk',
    ]) {
      const scanner = scanJsonArray('activeTargets', () => {})
      scanner.push(Buffer.from(body))
      expect(scanner.isComplete()).toBe(false)
    }
  })

  it('reads 40 MB of targets without holding them', () => {
    const target = JSON.stringify({
      scrapePool: 'p',
      health: 'down',
      lastError: 'x',
      discoveredLabels: {a: 'y'.repeat(4000)},
    })
    const chunk = Buffer.from(`${target},`.repeat(100))
    const summary = createTargetsSummary()
    const scanner = scanJsonArray('activeTargets', summary.add)
    const before = process.memoryUsage().rss
    scanner.push(Buffer.from('{"status":"success","data":{"activeTargets":['))
    for (let index = 0; index < 100; index += 1) scanner.push(chunk)
    scanner.push(Buffer.from(`${target}]}}`))
    expect(summary.result()).toMatchObject({active: 10_001, down: 10_001})
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(150)
  })
})

describe('the summary of targets', () => {
  const summarise = (targets: object[]) => {
    const summary = createTargetsSummary()
    for (const target of targets) summary.add(JSON.stringify(target))
    return summary.result()
  }
  const down = (pool: string, url: string, lastError: string) => ({
    scrapePool: pool,
    scrapeUrl: url,
    health: 'down',
    lastError,
    scrapeInterval: '1m30s',
  })

  it('counts errors that differ only in the address as one, and keeps the text and three examples', () => {
    const targets = [1, 2, 3, 4, 5].map(n =>
      down(
        'b',
        `http://10.0.0.${n}:80/metrics`,
        `Get "http://10.0.0.${n}:80/metrics": dial tcp 10.0.0.${n}:80: connect: connection refused`,
      ),
    )
    const {pools, longestIntervalSeconds} = summarise([
      ...targets,
      down('b', 'http://x/', 'server returned HTTP status 401 Unauthorized'),
      down('b', 'http://y/', 'server returned HTTP status 503 Service Unavailable'),
      down('a', 'http://z/', 'EOF'),
    ])
    expect(pools.map(({name}) => name)).toEqual(['a', 'b'])
    expect(pools[1]?.errors.map(({count}) => count)).toEqual([5, 1, 1])
    expect(pools[1]?.errors[0]).toMatchObject({
      error: 'Get "http://10.0.0.1:80/metrics": dial tcp 10.0.0.1:80: connect: connection refused',
      examples: ['http://10.0.0.1:80/metrics', 'http://10.0.0.2:80/metrics', 'http://10.0.0.3:80/metrics'],
    })
    expect(longestIntervalSeconds).toBe(90)
  })

  it('stays small when every error is another', () => {
    const {pools} = summarise(
      Array.from({length: 500}, (_, n) =>
        down(
          'p',
          'http://x/',
          `error ${'abcdefghij'[n % 10]}${'klmnopqrst'[Math.floor(n / 10) % 10]}${'uvwxyz'[Math.floor(n / 100)]}`,
        ),
      ),
    )
    expect(pools[0]?.errors.length).toBeLessThanOrEqual(21)
    expect(pools[0]?.errors.reduce((sum, {count}) => sum + count, 0)).toBe(500)
  })

  it('survives targets with nothing in them', () => {
    const summary = createTargetsSummary()
    for (const target of ['{}', '[]', '1', '{"scrapePool":7,"lastError":{},"health":"down"}', 'junk'])
      summary.add(target)
    expect(summary.result()).toMatchObject({active: 2, down: 1, unknown: 1})
  })
})

describe('the slowest target of a pool', () => {
  const target = (lastScrapeDuration: number, health = 'up', scrapeTimeout = '10s') =>
    JSON.stringify({
      ...{scrapePool: 'apps', health, lastScrapeDuration, scrapeTimeout},
      scrapeUrl: `http://10.0.0.1/${lastScrapeDuration}`,
    })

  it('is the one that is up and came nearest to its scrape_timeout', () => {
    const summary = createTargetsSummary()
    for (const json of [target(2), target(9.5), target(4, 'up', '30s'), target(10, 'down')]) summary.add(json)
    expect(summary.result().pools[0]?.slowest).toEqual({
      ...{seconds: 9.5, timeoutSeconds: 10, target: 'http://10.0.0.1/9.5'},
    })
  })
  it('is not known where none is up or no time-out is told', () => {
    const summary = createTargetsSummary()
    summary.add(target(10, 'down'))
    summary.add(target(3, 'up', ''))
    expect(summary.result().pools[0]?.slowest).toBeNull()
  })
})
