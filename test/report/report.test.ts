import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {failedReport} from '../../src/diagnose/failed-report.ts'
import type {Report} from '../../src/diagnose/report.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderJson} from '../../src/report/json.ts'
import {renderTerminal} from '../../src/report/terminal.ts'
import {anUnreadCentral} from '../builders/central.ts'
import {aFailure, aFleet, anAgent} from '../builders/evidence.ts'
import {refusing} from '../checks/receiver/outage.ts'
import {fixtures} from './fixtures.ts'
import {validateReport} from './schema.ts'

function reportOf(name: string): Report {
  const facts = readFacts(fixtures[name]!())
  return diagnose(facts, runChecks(facts), {failOn: 'error'})
}

const names = Object.keys(fixtures)
const plain = {colour: false, unicode: true}
const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')

describe('the screens', () => {
  for (const name of names) {
    it(`${name}: reads as reviewed at 80 and at 140 columns`, async () => {
      const report = reportOf(name)
      await expect(renderTerminal(report, {columns: 80, ...plain})).toMatchFileSnapshot(`golden/${name}-80.txt`)
      await expect(renderTerminal(report, {columns: 140, ...plain})).toMatchFileSnapshot(`golden/${name}-140.txt`)
    })
  }
  it('has plain glyphs where the terminal is not UTF-8', async () => {
    const text = renderTerminal(reportOf('wrong'), {columns: 140, colour: false, unicode: false})
    await expect(text).toMatchFileSnapshot('golden/wrong-140-ascii.txt')
  })
  it('shows more with -o wide and -v', async () => {
    const text = renderTerminal(reportOf('wrong'), {columns: 140, ...plain, wide: true, verbose: true})
    await expect(text).toMatchFileSnapshot('golden/wrong-140-wide-verbose.txt')
  })
  it('is the verdict alone, on one line, with -q', () => {
    const quiet = (name: string) => renderTerminal(reportOf(name), {columns: 40, ...plain, quiet: true})
    expect(quiet('wrong')).toBe(
      '✗ 1 losing, 1 behind with nothing delivered for 41 min, 1 delivering, 1 unknown (exit 1: 2 errors, 7 warnings): cluster2 monitoring/agent-0, cluster3 monitoring/agent-0\n',
    )
    const {agents, ...rest} = reportOf('wrong')
    const ill = agents.flatMap(agent =>
      agent.state === 'losing' ? ['a', 'b', 'c', 'd'].map(pod => ({...agent, pod})) : [],
    )
    expect(renderTerminal({...rest, agents: ill}, {columns: 40, ...plain, quiet: true})).toMatch(
      /: cluster2 monitoring\/a, cluster2 monitoring\/b, cluster2 monitoring\/c and 1 more\n$/,
    )
    for (const name of names) expect(quiet(name).trimEnd()).not.toContain('\n')
  })
  it('names the cluster beside an address that only its own DNS knows', () => {
    const placesOf = (host: string) => {
      const agents = ['agent-0', 'agent-1'].map(pod =>
        refusing('404 Not Found: 404 page not found', {
          ...{context: 'eu', pod},
          queues: [{doing: 'failing', forSeconds: 660, url: `http://${host}/w`}],
        }),
      )
      const facts = readFacts(aFleet({agents}))
      const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
      return renderTerminal(report, {columns: 140, ...plain})
        .split('\n')
        .includes('  eu')
    }
    expect(['central.monitoring.svc', 'central.example'].map(placesOf)).toEqual([true, false])
  })
  it('counts kinds, too, where many errors stand under few headlines', () => {
    const verdict = (count: number) => {
      const agents = Array.from({length: count}, (_, index) =>
        refusing('404 Not Found: 404 page not found', {
          pod: `agent-${index}`,
          queues: [{doing: 'failing', forSeconds: 660, url: `http://central-${index}.example/w`}],
        }),
      )
      const facts = readFacts(aFleet({agents}))
      const report = diagnose(facts, runChecks(facts, {only: ['receiver/wrong-path']}), {failOn: 'error'})
      return /\(exit 1: ([^,)]*)/.exec(renderTerminal(report, {columns: 160, ...plain}))?.[1]
    }
    expect([verdict(1), verdict(3), verdict(4), verdict(24)]).toEqual([
      '1 error',
      '3 errors',
      '4 errors of 1 kind',
      '24 errors of 1 kind',
    ])
  })
  it('says with colour what it says without', async () => {
    const text = renderTerminal(reportOf('wrong'), {columns: 140, colour: true, unicode: true})
    await expect(text).toMatchFileSnapshot('golden/wrong-140-colour.txt')
    expect(text.replace(colours, '')).toBe(renderTerminal(reportOf('wrong'), {columns: 140, ...plain}))
  })
})

describe.each(names)('every screen: %s', name => {
  const report = reportOf(name)
  it.each([40, 60, 80, 100, 140, 300])('keeps to %i columns, but for commands and addresses', columns => {
    const width = Math.min(columns, 160)
    const text = renderTerminal(report, {columns, ...plain})
    const tooLong = text.split('\n').filter(line => [...line].length > width && line.trim().includes(' '))
    const prose = tooLong.filter(line => !/^ +(?:kubectl|promfleet) /.test(line) && !/\S{20,}/.test(line))
    expect(prose).toEqual([])
  })
  it('ends in the verdict with the exit code', () => {
    const last = renderTerminal(report, {columns: 200, ...plain})
      .trimEnd()
      .split('\n\n')
      .at(-1)
    expect(last).toContain(`(exit ${report.exitCode}`)
  })
  it('is 80 columns wide when the terminal says 0', () => {
    expect(renderTerminal(report, {columns: 0, ...plain})).toBe(renderTerminal(report, {columns: 80, ...plain}))
    expect(renderTerminal(report, {columns: Number.NaN, ...plain})).toBe(
      renderTerminal(report, {columns: 80, ...plain}),
    )
  })
  it('never says that accepted data arrives', () => {
    expect(renderTerminal(report, {columns: 140, ...plain, verbose: true})).not.toMatch(/arrives in the central/)
  })
  it('fits the schema, and gives the same document twice', () => {
    expect(validateReport(JSON.parse(renderJson(report)))).toEqual([])
    expect(renderJson(reportOf(name))).toBe(renderJson(report))
  })
})

describe('the JSON report', () => {
  it('is a valid document when the run could not start', () => {
    const report = failedReport('no context "x"', null, '0.1.0', new Date(0))
    expect(validateReport(JSON.parse(renderJson(report)))).toEqual([])
    expect(renderTerminal(report, {columns: 80, ...plain})).toBe(
      'error: no context "x"\n\n✗ could not start (exit 2)\n',
    )
  })
  it('is refused by the schema when a field is missing or unknown', () => {
    const report = JSON.parse(renderJson(reportOf('well')))
    expect(validateReport({...report, extra: 1})).not.toEqual([])
    const {agents: _, ...without} = report
    expect(validateReport(without)).not.toEqual([])
  })
})

describe('the verdict', () => {
  it('says that not all may be read when a log is all that is missing', () => {
    const agent = anAgent()
    agent.evidence.log = aFailure('forbidden', 'User "viewer" cannot get resource "pods/log"')
    const facts = readFacts(aFleet({agents: [agent]}))
    const text = renderTerminal(diagnose(facts, runChecks(facts), {failOn: 'error'}), {columns: 120, ...plain})
    expect(text).toContain('? 1 delivering (exit 3: nothing failing was seen, but not all of it may be read)')
  })
})

describe('a central that was named and asks for a password', () => {
  it('is told of, with what it wants, and in the verdict', () => {
    const wants = aFailure('unauthorized', 'it wants credentials (401)')
    const facts = readFacts(aFleet({agents: [anAgent()], centrals: [anUnreadCentral(wants, {foundBy: 'url'})]}))
    const text = renderTerminal(diagnose(facts, runChecks(facts), {failOn: 'error'}), {columns: 160, ...plain})
    expect(text).toMatch(/^\? .*it wants credentials \(401\)/m)
    expect(text).toContain('but the central could not be read')
  })
})

describe('the verdict of a run that left checks out', () => {
  it('says that what fails was not judged, and nothing of acceptance', () => {
    const facts = readFacts(fixtures.wrong!())
    const run = runChecks(facts, {only: ['security/plaintext', 'labels/missing']})
    const text = renderTerminal(diagnose(facts, run, {failOn: 'error'}), {columns: 160, ...plain, quiet: true})
    expect(text).toContain(
      '1 losing, not judged (--only), 1 behind with nothing delivered for 41 min, not judged (--only)',
    )
    expect(text).not.toMatch(/Accepted|no error/)
  })
  it('says nothing of the kind of checks on security, which tell no state', () => {
    const facts = readFacts(fixtures.wrong!())
    const run = {...runChecks(facts, {skip: ['security/*']}), findings: []}
    expect(renderTerminal(diagnose(facts, run, {failOn: 'error'}), {columns: 160, ...plain})).not.toContain('(--skip)')
  })
  it('says nothing of the kind when a check tells why', () => {
    const facts = readFacts(fixtures.wrong!())
    const run = runChecks(facts, {skip: ['security/plaintext']})
    expect(renderTerminal(diagnose(facts, run, {failOn: 'error'}), {columns: 160, ...plain})).not.toContain(
      'not judged (',
    )
  })
})

describe('the counts of findings', () => {
  it.each(names)('are the same in JSON and in the text: %s', name => {
    const report = reportOf(name)
    const causes = report.findings.filter(({cause, id}) => cause && !id.startsWith('access/'))
    for (const severity of ['error', 'warning', 'info'] as const)
      expect(report.summary[severity]).toBe(causes.filter(own => own.severity === severity).length)
    const counted = /(\d+) errors?\b/.exec(renderTerminal(report, {columns: 160, ...plain, quiet: true}))?.[1] ?? '0'
    expect(report.summary.error).toBe(Number(counted))
  })
})

describe('hostile names', () => {
  it('never pass an escape sequence to the terminal', () => {
    const escapeCode = String.fromCharCode(27)
    const facts = readFacts(aFleet())
    const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
    const text = renderTerminal(
      JSON.parse(JSON.stringify(report).replaceAll('agent-0', `a\\u001b[31mred\\u001b]0;title\\u0007\\u202e`)),
      {columns: 80, ...plain, verbose: true},
    )
    expect(text).not.toContain(escapeCode)
    for (const part of ['\u202e', '\u0007', '[31m', 'title']) expect(text).not.toContain(part)
    expect(text).toContain('ared')
  })
})
