import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {wantsAnotherScrape} from '../../src/diagnose/another-scrape.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {THRESHOLDS, type Thresholds} from '../../src/facts/thresholds.ts'
import {aFleet, anAgent} from '../builders/evidence.ts'

const source = join(import.meta.dirname, '../../src')

function report(agent: Parameters<typeof anAgent>[0], thresholds: Partial<Thresholds> = {}) {
  const facts = readFacts(aFleet({agents: [anAgent(agent)]}), {thresholds})
  return diagnose(facts, runChecks(facts), {failOn: 'error'})
}

describe('thresholds that the user sets', () => {
  const behind = {queues: [{doing: 'catching-up', forSeconds: 200}]} as const satisfies Parameters<typeof anAgent>[0]

  it('decide the state instead of the defaults', () => {
    expect(report(behind).agents[0]?.state).toBe('behind')
    expect(report(behind, {lateSeconds: 3600}).agents[0]?.state).toBe('delivering')
  })
  it('decide what is found, and stand in the words of the finding', () => {
    const agent = {targets: {active: 100, up: 85, down: 15}}
    const found = (thresholds?: Partial<Thresholds>) =>
      report(agent, thresholds).findings.find(({id}) => id === 'scrape/targets-down')
    expect(found()?.severity).toBe('warning')
    expect(found({targetsDownRatio: 0.2})).toMatchObject({severity: 'info'})
    expect(found({targetsDownRatio: 0.2})?.evidence[0]?.value).toContain('limit 20 %')
  })
  it('are printed by the report, with the defaults of the others', () => {
    expect(report({}, {lateSeconds: 300}).thresholds).toEqual({...THRESHOLDS, lateSeconds: 300})
  })
  it('decide whether a third scrape is wanted', () => {
    const {evidence} = anAgent({queues: [{doing: 'retrying', forSeconds: 20}]})
    expect(wantsAnotherScrape(evidence)).toBe(true)
    expect(wantsAnotherScrape(evidence, {...THRESHOLDS, lateSeconds: 10, lateIntervals: 0.1})).toBe(false)
  })
})

describe('the default thresholds', () => {
  /** Where they become those in force, or stand in texts for people. */
  const mayRead = [
    'facts/thresholds.ts',
    'facts/facts.ts',
    'facts/fleet.ts',
    'diagnose/another-scrape.ts',
    'diagnose/lag/needs-more.ts',
  ]
  const rooms = ['facts', 'checks', 'diagnose', 'report']
  const files = rooms.flatMap(room =>
    readdirSync(join(source, room), {recursive: true, encoding: 'utf8'})
      .filter(name => name.endsWith('.ts'))
      .map(name => `${room}/${name}`),
  )
  it.each(files.filter(file => !mayRead.includes(file)))('%s judges by those in force instead', file => {
    const text = readFileSync(join(source, file), 'utf8')
    const code = text.replace(/^ {2}documentation: `[^`\\]*(?:\\.[^`\\]*)*`/ms, '').replace(/^import .*$/gm, '')
    expect(code).not.toContain('THRESHOLDS')
  })
})
