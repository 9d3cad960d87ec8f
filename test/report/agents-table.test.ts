/** What stays in the table whatever the width, and what moves. */
import {describe, expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderTerminal} from '../../src/report/terminal.ts'
import {type AgentOptions, aFailure, aFleet, anAgent, NOW, timestamp} from '../builders/evidence.ts'

function tableOf(columns: number, agents: AgentOptions[], options: {wide?: boolean} = {}): string[] {
  const facts = readFacts(aFleet({agents: agents.map(anAgent)}))
  const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
  const text = renderTerminal(report, {columns, colour: false, unicode: true, ...options})
  return text.split('\n\n')[1]?.split('\n') ?? []
}

const long = 'a-namespace-with-a-rather-long-name'
const fleet: AgentOptions[] = [
  {
    context: 'cluster2',
    queues: [{doing: 'failing', forSeconds: 660}],
    log: [{level: 'error', message: 'non-recoverable error', error: 'x', first: timestamp(NOW - 660)}],
  },
  {context: 'cluster3', namespace: `${long}-1`, queues: [{doing: 'retrying', forSeconds: 2460}]},
  {context: 'cluster4', namespace: `${long}-2`},
]

describe('the table of agents', () => {
  it.each([40, 60, 80, 100, 140, 200])('never shows a lag without what is delivered (%i columns)', columns => {
    const lines = tableOf(columns, fleet)
    expect(lines[0]).toMatch(/STATE.* LAG +DELIVERED/)
    expect(lines.filter(line => / of 180\/s/.test(line))).toHaveLength(3)
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(Math.min(160, columns))
  })
  it.each([40, 60, 80, 100, 140, 200])('says since when, and what of loss, at %i columns', columns => {
    const text = tableOf(columns, fleet).join(' ').replace(/\s+/g, ' ')
    expect(text).toMatch(/01:33 \(41 min\)/)
    expect(text).toMatch(/118,800 (?:samples|lost)/)
    expect(text).toMatch(/in 6-8 h/)
  })
  it.each([40, 60, 80, 100])('cuts names, but never so that two agents look alike (%i columns)', columns => {
    const twins = ['one', 'two'].map(name => ({namespace: `${long}-${name}-${long}`, podUid: name}))
    const lines = tableOf(columns, twins).filter(line => line.startsWith('✓'))
    expect(new Set(lines.map(line => line.replace(/ {2}delivering.*/, ''))).size).toBe(2)
  })
  it('shows names whole with -o wide, however long', () => {
    expect(tableOf(80, fleet, {wide: true}).join('\n')).toContain(`${long}-2/agent-0`)
  })
  it('says under LOSS what any queue lost, not only the first', () => {
    const log = [
      {
        ...{level: 'error' as const, message: 'non-recoverable error', error: 'x', queue: 'second'},
        ...{first: timestamp(NOW - 1860), last: timestamp(NOW - 1800), samples: 500},
      },
    ]
    const lossOf = (...names: string[]) =>
      tableOf(120, [{log, queues: names.map(name => ({name, figures: name === 'second' ? {failed: 500} : {}}))}])[1]
    expect(lossOf('second')).toMatch(/ 500 by 01:4\d$/)
    expect(lossOf('first', 'second')).toMatch(/ 500 by 01:4\d$/)
    expect(lossOf('first')).toMatch(/none$/)
  })
  it.each([40, 80, 120])(
    'tells the sooner clock of a plain Prometheus below, where there is one (%i columns)',
    columns => {
      const late = (agent: AgentOptions = {}) => tableOf(columns, [agent]).join(' ').replace(/\s+/g, ' ')
      const text = late({queues: [{doing: 'retrying', forSeconds: 2460}]})
      expect(text).toMatch(
        /in 6-8 h\)?\*.* \* in 19 min \(1 h after the last delivery\) if the central is a plain Prometheus$/,
      )
      expect(late()).not.toContain('*')
    },
  )
  it('does not give for the loss what little sample_age_limit was seen to drop while that goes on', () => {
    const row = (forSeconds: number, tooOld: number) =>
      tableOf(120, [
        {
          remoteWriteYaml: 'queue_config: {sample_age_limit: 5m}',
          queues: [{doing: 'retrying', forSeconds, figures: {dropped: {too_old: tooOld}}}],
        },
      ])[1]
    expect(row(900, 25)).toMatch(/losing +01:59 \(15 min\).* since 01:59$/)
    expect(row(900, 0)).toMatch(/behind .* has begun$/)
  })
  it('gives the reason of a state that no finding below accounts for', () => {
    const [, row, note] = tableOf(120, [{uptimeSeconds: 20}])
    expect(row).toContain('unknown')
    expect(note).toMatch(/started 20 s ago, too early to say/)
  })
  it('does not print a whole failure: the finding has it', () => {
    const detail = 'connect ECONNREFUSED 10.1.2.3:9090 and a hundred more words'
    const text = tableOf(140, [{scrapes: [aFailure('agent-unauthorized', detail)]}]).join('\n')
    expect(text).toContain('its web server asks for a user name and password')
    expect(text).not.toContain('ECONNREFUSED')
  })
})
