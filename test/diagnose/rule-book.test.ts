/** docs/how-it-decides.md and the code say the same: rows and states, limits, and which check explains which. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {checks} from '../../src/checks/index.ts'
import {queueTable} from '../../src/diagnose/queue-table.ts'
import {worstState} from '../../src/diagnose/rank.ts'
import type {State} from '../../src/diagnose/report.ts'
import {decideAgentState} from '../../src/diagnose/state.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {THRESHOLDS} from '../../src/facts/thresholds.ts'
import {type AgentOptions, aFailure, aFleet, anAgent} from '../builders/evidence.ts'

const book = readFileSync(join(import.meta.dirname, '../../docs/how-it-decides.md'), 'utf8')
const states: readonly State[] = ['losing', 'silent', 'behind', 'unknown', 'delivering']

/** The text under a heading, up to the next one. */
function chapter(title: string): string {
  const [, text = ''] = book.split(new RegExp(`^#+ ${title}$`, 'm'))
  return text.split(/^#+ /m)[0] ?? ''
}

const rows = [...chapter('The state of a queue').matchAll(/^\| (\d+) \| (.+) \| (\w+) \|$/gm)].map(match => ({
  row: Number(match[1]),
  when: match[2] ?? '',
  state: match[3] ?? '',
}))

describe('the decision table', () => {
  it('numbers its rows without a gap, each with a state that exists', () => {
    expect(rows.map(({row}) => row)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    for (const {state} of rows) expect(states).toContain(state)
  })
  it.each(queueTable.map(({row, state}) => ({row, state})))('gives row $row the state $state', ({row, state}) => {
    expect(rows.find(documented => documented.row === row)?.state).toBe(state)
  })
  it('has the rows of queues in the order in which they are tried, but for what row 12 says of itself', () => {
    const tried = queueTable.map(({row}) => row)
    expect(tried.filter(row => row !== 12)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(tried.indexOf(12)).toBe(tried.indexOf(11) - 1)
    expect(rows[11]?.when).toMatch(/^anything else; and, before row 11/)
  })
  it.each<[number, AgentOptions]>([
    [1, {pod: ''}],
    [1, {queues: []}],
    [2, {scrapes: [aFailure('unreachable')]}],
  ])('decides row %i before any queue', (row, options) => {
    const [agent] = readFacts(aFleet({agents: [anAgent(options)]})).agents
    const decision = agent && decideAgentState(agent)
    expect(decision).toMatchObject({row, state: rows[row - 1]?.state, queues: []})
  })
  it('ranks the states as they are ranked', () => {
    const rank = /^Rank: (.+?)\./m.exec(chapter('Rolling up'))?.[1]?.split(', ') ?? []
    expect(rank).toEqual(states)
    rank.forEach((state, index) => {
      expect(worstState(rank.slice(index) as State[])).toBe(state)
    })
  })
})

describe('the limits', () => {
  const {lateSeconds, lateIntervals, youngSeconds, stalledIntervals, futureSeconds, sendDelaySeconds} = THRESHOLDS
  it.each([
    [`lag of at least ${lateSeconds} s`],
    [`at least ${lateIntervals} i`],
    [`uptime below ${youngSeconds} s or below ${THRESHOLDS.youngIntervals} i`],
    [`now − S > i + ${sendDelaySeconds} s`],
    [`H or S lies more than ${futureSeconds} s in the future`],
    [`the failure ratio is at least ${THRESHOLDS.failureRatio * 100} %`],
    [`at least ${THRESHOLDS.failedLevelRatio * 100} % failed`],
    [`a refusal logged within ${THRESHOLDS.freshErrorSeconds / 60} minutes`],
    [`are at least ${THRESHOLDS.droppedRatio * 100} % of those scraped`],
    [`none for max(${THRESHOLDS.stalledSeconds} s, ${stalledIntervals} i)`],
    [`within ${THRESHOLDS.currentErrorSeconds} s of`],
    [`(${THRESHOLDS.defaultScrapeIntervalSeconds} s when`],
    [`newer than max(${THRESHOLDS.centralFreshSeconds} s, ${THRESHOLDS.centralFreshIntervals} i + lag)`],
    [`agree within ${THRESHOLDS.clockSkewSeconds} s`],
    [`older than 2 i + ${THRESHOLDS.centralStoredSeconds} s and the lag`],
    [`longer than ${THRESHOLDS.holeSeconds} s and ${THRESHOLDS.holeIntervals} i`],
  ])('are those of the code: %s', words => {
    expect(book.replace(/\s+/g, ' ')).toContain(words)
  })
})

describe('the thresholds', () => {
  const documented = [...chapter('Thresholds').matchAll(/^\| (\w+) \| ([\d.]+) \| (.+) \| (.+) \|$/gm)].map(
    ([, name, value, unit, meaning]) => ({name, value: Number(value), unit, meaning}),
  )
  it('are all in the book, in the order of the code, with their defaults', () => {
    const rows = documented.map(({name, value}) => [name, value])
    expect(rows).toEqual(Object.entries(THRESHOLDS))
  })
  it('have the unit that their names say', () => {
    for (const {name = '', unit} of documented) {
      if (name.endsWith('Seconds')) expect(unit, name).toBe('s')
      if (name.endsWith('Ratio')) expect(unit, name).toBe('share')
      if (name.endsWith('Intervals')) expect(unit, name).toBe('scrape intervals')
    }
  })
})

describe('which finding is the cause', () => {
  const ids = checks.map(({id}) => id)
  /** "a, b > c > d" -> [[a, b], [c], [d]], patterns such as receiver/tls-* filled in. */
  const chains = [...chapter('Which finding is the cause').matchAll(/^- (.+(?:\n {2}.+)*)$/gm)].map(match =>
    (match[1] ?? '')
      .replaceAll('\\', '')
      .split('>')
      .map(side => side.split(',').flatMap(name => expand(name.trim()))),
  )

  function expand(name: string): string[] {
    return name.endsWith('*') ? ids.filter(id => id.startsWith(name.slice(0, -1))) : [name]
  }

  /** Pairs of neighbours in the chains. */
  const direct = chains.flatMap(chain =>
    chain
      .slice(1)
      .flatMap((right, index) => (chain[index] ?? []).flatMap(left => right.map(id => [left, id] as const))),
  )

  function reach(from: string, seen = new Set<string>()): Set<string> {
    for (const [left, right] of direct) {
      if (left !== from || seen.has(right)) continue
      seen.add(right)
      reach(right, seen)
    }
    return seen
  }

  it('names checks that exist', () => {
    expect(chains.length).toBeGreaterThan(5)
    expect([...new Set(direct.flat())].filter(id => !ids.includes(id))).toEqual([])
  })
  it.each(direct)('%s explains %s, as the book says', (cause, consequence) => {
    expect(checks.find(({id}) => id === cause)?.explains).toContain(consequence)
  })
  it.each(checks.filter(({explains}) => explains.length > 0).map(({id, explains}) => ({id, explains})))(
    '$id explains nothing that the book does not know',
    ({id, explains}) => {
      const known = reach(id)
      // Ids of checks that are still to come bind nobody.
      expect(explains.filter(other => ids.includes(other) && !known.has(other))).toEqual([])
    },
  )
  it('never lets two checks explain each other', () => {
    for (const id of ids) expect(reach(id)).not.toContain(id)
  })
})
