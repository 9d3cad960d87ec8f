import {describe, expect, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {diagnose} from '../../../src/diagnose/diagnose.ts'
import {lagReportFromCentral} from '../../../src/diagnose/lag/from-central.ts'
import type {LagReport} from '../../../src/diagnose/lag/lag-report.ts'
import {failedLagReport, type LagOptions, lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {renderJson} from '../../../src/report/json.ts'
import {renderLag} from '../../../src/report/lag/lag.ts'
import {widthOf} from '../../../src/report/text.ts'
import {aCentral, anIdentity, anUnreadCentral} from '../../builders/central.ts'
import {fleetFromCentral, look} from '../../builders/central-fleet.ts'
import {aFailure, aFleet, anAgent, type BuiltAgent} from '../../builders/evidence.ts'
import {UNSAFE} from '../../fuzz.ts'
import {validateLagReport} from '../schema.ts'
import {lagFixtures} from './fixtures.ts'

const usual: LagOptions = {sort: 'state', onlyBehind: false, failOverSeconds: null}

function reportOf(name: string, options: Partial<LagOptions> = {}): LagReport {
  return lagReport(readFacts(lagFixtures[name]!()), {...usual, ...options})
}

const NOON = '2026-11-23T12:00:00.000Z'
const names = Object.keys(lagFixtures)
const plain = {colour: false, unicode: true}
const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')

describe('the screens of lag', () => {
  for (const name of names) {
    it(`${name}: reads as reviewed at 80 and at 140 columns`, async () => {
      const report = reportOf(name)
      await expect(renderLag(report, {columns: 80, ...plain})).toMatchFileSnapshot(`golden/${name}-80.txt`)
      await expect(renderLag(report, {columns: 140, ...plain})).toMatchFileSnapshot(`golden/${name}-140.txt`)
    })
  }
  it('has plain glyphs where the terminal is not UTF-8', async () => {
    const text = renderLag(reportOf('incident'), {columns: 140, colour: false, unicode: false})
    await expect(text).toMatchFileSnapshot('golden/incident-140-ascii.txt')
    expect([...text].every(character => character.charCodeAt(0) < 128)).toBe(true)
  })
  it('tells network use, versions and transports with -o wide, and what each lag was read from with -v', async () => {
    const text = renderLag(reportOf('incident'), {columns: 140, ...plain, wide: true, verbose: true})
    await expect(text).toMatchFileSnapshot('golden/incident-140-wide-verbose.txt')
  })
  it('names no queue with -v where the central does not tell which one sent', () => {
    const evidence = fleetFromCentral({looks: [look([['cluster2', 20]])]}, 10)
    const report = lagReportFromCentral(evidence, THRESHOLDS, usual)
    const text = renderLag(report, {columns: 140, ...plain, verbose: true})
    expect(text).toContain('\n  cluster2: lag 20 s: age of the newest sample that is stored')
  })
  it('says with colour what it says without', () => {
    const text = renderLag(reportOf('incident'), {columns: 140, colour: true, unicode: true})
    expect(text).not.toBe(text.replace(colours, ''))
    expect(text.replace(colours, '')).toBe(renderLag(reportOf('incident'), {columns: 140, ...plain}))
  })
  it('is the verdict alone, on one line, with -q', () => {
    const quiet = (name: string) => renderLag(reportOf(name), {columns: 40, ...plain, quiet: true})
    expect(quiet('well')).toBe('✓ 1 delivering (exit 0)\n')
    expect(quiet('incident')).toBe(
      '✗ 1 losing, 2 behind, 1 delivering, 1 unknown (exit 1): cluster2 monitoring/agent-0, cluster3 monitoring/agent-0, cluster6 monitoring/agent-1 and 1 more\n',
    )
    expect(quiet('none')).toBe('? no agent was found (exit 3: nothing failing was seen)\n')
  })
  it('does not call stored nothing what a central that cannot be read stores, and says why it is not known', () => {
    const centrals = [anUnreadCentral(aFailure('agent-unauthorized', 'it wants a user and a password'))]
    const report = lagReport(readFacts(aFleet({agents: [anAgent()], centrals})), usual)
    const text = renderLag(report, {columns: 140, ...plain})
    expect(report.rows.map(({central}) => central)).toEqual([null])
    expect(text).toMatch(/ STORED .*\n.* \? /)
    expect(text).toMatch(/whether it is stored is not known: .*it wants a user and a password/)
  })
  it('says what --only-behind hides', () => {
    const text = renderLag(reportOf('incident', {onlyBehind: true}), {columns: 140, ...plain})
    expect(text).not.toMatch(/^✓/m)
    expect(text).toContain('not shown: 1 row that delivers')
    expect(text).toContain('1 losing, 2 behind, 1 delivering, 1 unknown (exit 1)')
  })
  it.each([
    ['well', 60, '✓ 1 delivering (exit 0: no lag over 60 s, the largest is 1 s)'],
    ['well', 1, '✓ 1 delivering (exit 0: no lag over 1 s, the largest is 1 s)'],
    [
      'well',
      0.5,
      '! 1 delivering (exit 1: cluster2/monitoring/agent-0 queue central is 1 s behind, over the limit of 500 ms)',
    ],
    [
      'incident',
      300,
      '(exit 1: cluster2/monitoring/agent-0 queue 7b9425 loses data, whatever its lag; and 2 more that fail)',
    ],
    ['none', 300, '(exit 3: nothing was looked at: no Prometheus agent found in any namespace of cluster1)'],
  ])('%s: says what --fail-over %s found', (name, failOverSeconds, verdict) => {
    const text = renderLag(reportOf(name, {failOverSeconds}), {columns: 140, ...plain})
    expect(text.replace(/\s+/g, ' ')).toContain(verdict)
  })
  it('names with --fail-over the row whose lag is not known', () => {
    const agents = [anAgent(), anAgent({pod: 'agent-9', scrapes: [aFailure('forbidden')]})]
    const report = lagReport(readFacts(aFleet({agents})), {...usual, failOverSeconds: 60})
    expect(renderLag(report, {columns: 140, ...plain}).replace(/\s+/g, ' ')).toContain(
      '(exit 3: no lag over 60 s was seen, but that of cluster2/monitoring/agent-9 is not known)',
    )
  })
  it.each([0, 60])('says that a central which was named does not tell what is stored (--fail-over %s)', limit => {
    const options = {...usual, failOverSeconds: limit === 0 ? null : limit}
    const report = lagReport(readFacts(aFleet({agents: [anAgent()]})), options, [], {
      storedUnknown: ['it wants a password'],
    })
    expect(report.exitCode).toBe(limit === 0 ? 3 : 0)
    expect(renderLag(report, {columns: 140, ...plain})).toContain('whether it is stored is not known')
    expect(validateLagReport(JSON.parse(renderJson(report)))).toEqual([])
  })
  it('is not green where the central has nothing fresh of what delivers', () => {
    const identities = [anIdentity({newestAgeSeconds: 900})]
    const centrals = [aCentral({identities, foundBy: 'url', endpoints: []})]
    const facts = readFacts(aFleet({agents: [anAgent({clockSkewSeconds: 1})], centrals}))
    const {findings} = diagnose(facts, runChecks(facts, {only: ['central/not-fresh'], expected: null}), {
      failOn: 'never',
    })
    const report = lagReport(facts, usual, findings)
    expect(report).toMatchObject({state: 'delivering', exitCode: 3, findings: [{severity: 'warning'}]})
    expect(renderLag(report, {columns: 140, ...plain})).toContain(
      '1 delivering (exit 3: nothing failing was seen, but the central has nothing fresh of 1 queue)',
    )
    const overLimit = lagReport(facts, {...usual, failOverSeconds: 60}, findings)
    expect(overLimit.exitCode).toBe(0)
  })
  it.each([
    [{namespace: 'nosuch'}, {namespaceExists: false}, 'namespace nosuch does not exist in cluster1', '-n nosuch'],
    [
      {agents: ['agent-9']},
      {unnamedAgents: [{namespace: 'monitoring', pod: 'agent-0'}]},
      'no Prometheus agent found in any namespace of cluster1 with --agent agent-9; there are monitoring/agent-0',
      '--agent agent-9',
    ],
    [{selector: 'app=nope'}, {}, 'with -l app=nope', '-l app=nope'],
  ])('says of %j what was not there, and repeats the flags in the next step', (options, context, why, flags) => {
    const podLists = [
      {namespace: 'namespace' in options ? options.namespace : '*', pods: {ok: true as const, value: 0, at: NOON}},
    ]
    const evidence = aFleet({agents: [], contexts: {cluster1: {podLists, ...context}}, options})
    const lines = renderLag(lagReport(readFacts(evidence), usual), {columns: 400, ...plain})
    const text = lines.replace(/\s+/g, ' ')
    expect(text).toContain(why)
    expect(text).toContain(`"promfleet doctor --context cluster1 ${flags}" tells what else was seen there`)
  })
  it('tells two queues of one agent apart, however narrow the terminal', () => {
    const queues = ['a', 'b'].map(name => ({
      name,
      doing: 'retrying' as const,
      forSeconds: 600,
      url: `http://${name}/w`,
    }))
    const agents = ['cluster2', 'cluster3'].map(context => anAgent({context, queues}))
    for (const columns of [40, 60, 80]) {
      const text = renderLag(lagReport(readFacts(aFleet({agents})), usual), {columns, ...plain})
      for (const name of ['a', 'b']) expect(text).toMatch(new RegExp(`cluster2 +agent-0 +${name}\\b`))
    }
  })
  it('marks every rate of a single scrape as a mean, and says what the mark is', () => {
    for (const wide of [false, true]) {
      const text = renderLag(reportOf('once'), {columns: 140, ...plain, wide})
      expect(text.replace(/\s+/g, ' ')).toContain('~ are means since each process started')
      expect(text).toMatch(/~180 of 180\/s +~0 % +~0 %/)
      if (wide) expect(text).toMatch(/~4\.4 KiB\/s +~25 B/)
    }
    expect(renderLag(reportOf('once'), {columns: 40, ...plain})).toContain('~180 of 180/s')
  })
  it('explains the mark where the second scrape of one agent failed', () => {
    const agent = anAgent()
    agent.evidence.scrapes.splice(1)
    const text = renderLag(lagReport(readFacts(aFleet({agents: [agent]})), usual), {columns: 140, ...plain})
    expect(text).toContain('~180 of 180/s')
    expect(text).toContain('~ is a mean since the process started: of that agent one scrape came')
  })
  it('marks rates of a few scrapes, in rows and totals, and tells how to get better ones', () => {
    const at = (intervalSeconds: number) => {
      const agents = ['agent-0', 'agent-1'].map(pod => anAgent({pod, intervalSeconds, scrapeIntervalSeconds: 5}))
      return renderLag(lagReport(readFacts(aFleet({agents})), usual), {columns: 140, ...plain})
    }
    expect(at(14).match(/~180 of 180/g)).toHaveLength(2)
    expect(at(14)).toContain('~360 of 360/s')
    expect(at(14)).toContain('a longer --interval tells more')
    expect(at(15)).not.toContain('~')
  })
  it('tells below each row why, of up to ten; of more only -v does', () => {
    const agents = Array.from({length: 12}, (_, index) =>
      anAgent({pod: `agent-${index}`, queues: [{doing: 'retrying', forSeconds: 600}]}),
    )
    const report = (some: BuiltAgent[]) => lagReport(readFacts(aFleet({agents: some})), usual)
    const count = (text: string) => text.split('retries and finishes nothing').length - 1
    expect(count(renderLag(report(agents.slice(0, 10)), {columns: 100, ...plain}))).toBe(10)
    const many = renderLag(report(agents), {columns: 100, ...plain})
    expect(count(many)).toBe(0)
    expect(many).toContain('-v says why of each of these 12 queues')
    expect(many).toContain('The same holds for 9 more')
    expect(count(renderLag(report(agents), {columns: 100, ...plain, verbose: true}))).toBe(12)
  })
})

describe.each(names)('every screen of lag: %s', name => {
  const report = reportOf(name)
  it.each([40, 60, 80, 100, 140, 300])('keeps to %i columns', columns => {
    // A command is one line, to be copied whole.
    const lines = renderLag(report, {columns, ...plain})
      .split('\n')
      .filter(line => !line.startsWith('    promfleet '))
    for (const line of lines) expect({line, fits: widthOf(line) <= Math.max(40, columns)}).toEqual({line, fits: true})
  })
  it.each([40, 60, 80, 100, 140])('never shows a lag without state, deliveries and loss (%i columns)', columns => {
    const text = renderLag(report, {columns, ...plain})
    const heads = text.split('\n').filter(line => /\bLAG\b/.test(line) && !/WORST LAG/.test(line))
    for (const head of heads) expect(head).toMatch(/STATE.*LAG.*DELIVERED/)
    for (const {queue} of report.rows)
      if (queue !== null) expect(text).toContain(`${queue.offeredPerSecond === null ? '?' : 'of'} `)
  })
  it('ends in the counts with the exit code', () => {
    expect(renderLag(report, {columns: 80, ...plain}).trimEnd()).toMatch(
      new RegExp(`\\(exit ${report.exitCode}[^)]*\\)$`),
    )
  })
  it('is 80 columns wide when the terminal says 0', () => {
    expect(renderLag(report, {columns: 0, ...plain})).toBe(renderLag(report, {columns: 80, ...plain}))
  })
  it('fits the schema, and gives the same document twice', () => {
    expect(validateLagReport(JSON.parse(renderJson(report)))).toEqual([])
    expect(renderJson(reportOf(name))).toBe(renderJson(report))
  })
})

describe('the document of lag', () => {
  it('is valid when the run could not start', () => {
    const report = failedLagReport('no such context', null, '0.1.0', new Date('2026-11-23T02:00:00Z'))
    expect(validateLagReport(report)).toEqual([])
    expect(report).toMatchObject({exitCode: 2, error: {message: 'no such context'}, rows: []})
    expect(renderLag(report, {columns: 80, ...plain})).toBe('error: no such context\n\n? could not start (exit 2)\n')
  })
  it('is refused by the schema when a field is missing or unknown', () => {
    const {rows, ...rest} = reportOf('well')
    expect(validateLagReport(rest)).not.toEqual([])
    expect(validateLagReport({...rest, rows, more: 1})).not.toEqual([])
    expect(validateLagReport({...rest, rows: rows.map(row => ({...row, more: 1}))})).not.toEqual([])
  })
})

describe('hostile names', () => {
  it('never pass an escape sequence to the terminal', () => {
    const hostile = '\u001b]0;owned\u0007\u001b[31mx\u202e'
    const agents = [
      anAgent({
        context: `c${hostile}`,
        namespace: `n${hostile}`,
        pod: `p${hostile}`,
        queues: [{name: `q${hostile}`, doing: 'failing'}],
      }),
      anAgent({
        context: `d${hostile}`,
        pod: `r${hostile}`,
        version: `3.5.0${hostile}`,
        scrapes: [aFailure('failed', hostile)],
      }),
    ]
    const contexts = {[`e${hostile}`]: {serverVersion: aFailure('timeout', hostile)}, [`f${hostile}`]: {}}
    const report = lagReport(readFacts(aFleet({agents, contexts})), usual)
    for (const options of [{}, {wide: true, verbose: true}, {quiet: true}]) {
      const text = renderLag(report, {columns: 140, ...plain, ...options})
      expect(text.replaceAll('\n', '')).not.toMatch(UNSAFE)
      expect(text).not.toContain('owned')
    }
  })
})
