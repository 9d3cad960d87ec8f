import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {checks} from '../../src/checks/index.ts'
import type {AgentEvidence, Collected} from '../../src/evidence/types.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aFailure, aFleet, anAgent, type BuiltAgent} from '../builders/evidence.ts'
import {refusing, retrying} from './receiver/outage.ts'

const folder = join(import.meta.dirname, '../../src/checks')
const files = readdirSync(folder, {withFileTypes: true})
  .filter(entry => entry.isDirectory())
  .flatMap(entry => readdirSync(join(folder, entry.name)).map(file => `${entry.name}/${file.replace(/\.ts$/, '')}`))

/** Subjects in the order of the catalogue. */
const SUBJECTS = [
  'access',
  'workload',
  'wal',
  'config',
  'delivery',
  'receiver',
  'labels',
  'scrape',
  'security',
  'central',
]

/** Ids that are agreed on and not all built yet: what a check explains is one of these. */
const AGREED = [
  ...['delivery/shards-at-max', 'delivery/loss-ahead', 'delivery/loss-happened', 'delivery/unsafe-to-restart'],
  ...['scrape/stalled', 'wal/corrupt', 'config/relabel-drops-everything', 'config/rate-limit-drops'],
]

describe('the catalogue', () => {
  it('lists every file below src/checks, once, under the id that is its path', () => {
    const ids = checks.map(check => check.id)
    expect([...ids].sort()).toEqual([...files].sort())
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(readFileSync(join(folder, `${id}.ts`), 'utf8')).toContain(`id: '${id}'`)
  })
  it('keeps the order of its subjects', () => {
    const places = checks.map(check => SUBJECTS.indexOf(check.id.split('/')[0] ?? ''))
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })
  it('has a test for every check', () => {
    for (const {id} of checks) expect(existsSync(join(import.meta.dirname, `${id}.test.ts`)), id).toBe(true)
  })
  it('shows the words of every check in a golden file', () => {
    for (const {id} of checks) expect(existsSync(join(import.meta.dirname, `golden/${id}.txt`)), id).toBe(true)
  })
  it('lets checks explain only what exists or is agreed on, and never themselves', () => {
    const known = new Set([...checks.map(check => check.id), ...AGREED])
    for (const {id, explains} of checks) {
      for (const other of explains) expect(known, `${id} explains ${other}`).toContain(other)
      expect(explains, id).not.toContain(id)
    }
  })
  it('has no two checks that explain each other', () => {
    const explains = new Map(checks.map(check => [check.id, check.explains]))
    for (const {id, explains: others} of checks)
      for (const other of others) expect(explains.get(other) ?? []).not.toContain(id)
  })
  it('documents each check: what, why, what to do, what not to do', () => {
    for (const {id, documentation} of checks) {
      expect(documentation.length, id).toBeGreaterThan(400)
      for (const part of ['**Why it matters.**', '**What to do.**']) expect(documentation, id).toContain(part)
    }
  })
  it('phrases titles as facts that should hold, without a period', () => {
    for (const {id, title} of checks) expect(title, id).toMatch(/^[a-z].*[^.]$/)
  })
})

/** One fleet per kind of trouble, so that each check has something to say somewhere. */
const TROUBLES: Record<string, () => BuiltAgent[]> = {
  healthy: () => [anAgent()],
  refused: () => [retrying('dial tcp 10.0.0.1:9090: connect: connection refused')],
  unauthorized: () => [refusing('401 Unauthorized: Unauthorized')],
  hanging: () => [anAgent({queues: [{doing: 'hanging'}]})],
  'no labels': () => [anAgent({externalLabels: {}})],
  'no remote write': () => [anAgent({queues: []})],
  'targets down': () => [anAgent({targets: {active: 2, up: 0, down: 2}})],
}

/** The pieces of an agent's evidence, and the need under which a check declares that it reads them. */
const PIECES = {
  config: 'config',
  targets: 'targets',
  log: 'log',
  events: 'events',
  claims: 'claims',
  previousLog: 'previous-log',
} as const satisfies Partial<Record<keyof AgentEvidence, string>>

describe('needs', () => {
  it.each(Object.keys(TROUBLES))('tell all that a check reads (%s): without the rest it says the same', trouble => {
    const options = {identityLabels: ['cluster']}
    const build = TROUBLES[trouble] ?? (() => [])
    for (const [piece, need] of Object.entries(PIECES)) {
      const agents = build()
      const missing: Collected<never> = aFailure('timeout', 'left out by the test')
      for (const agent of agents) Object.assign(agent.evidence, {[piece]: missing})
      const without = readFacts(aFleet({agents}))
      const whole = readFacts(aFleet({agents: build()}))
      for (const check of checks)
        if (!(check.needs as readonly string[]).includes(need)) {
          const severities = (facts: typeof whole) =>
            check.evaluate(facts, options).findings.map(found => found.severity)
          expect(severities(without), `${check.id} without ${need}`).toEqual(severities(whole))
        }
    }
  })
})

/** Words that put an agent's backlog at risk. */
const RISKY = /\b(restart|reload|rebuil|delete|replace)/i

describe('remedies', () => {
  it.each(['refused', 'hanging'])(
    'never send an agent that is behind (%s) into a restart without naming the price',
    trouble => {
      const labelless = TROUBLES[trouble]?.().map(agent => agent) ?? []
      const facts = readFacts(aFleet({agents: labelless}))
      for (const check of checks)
        for (const {remedy, evidence, why} of check.evaluate(facts, {identityLabels: ['site']}).findings) {
          const risky = remedy.filter(
            step => step.changes && RISKY.test(step.text) && !/central|receiver/.test(step.text),
          )
          const said = [why, ...evidence.map(line => line.value), ...remedy.map(step => step.text)].join('\n')
          if (risky.length > 0) expect(said, check.id).toMatch(/of unsent data/)
        }
    },
  )
  it('copy and paste: every kubectl command names its context', () => {
    for (const build of Object.values(TROUBLES)) {
      const facts = readFacts(aFleet({agents: build()}))
      for (const check of checks)
        for (const {remedy} of check.evaluate(facts, {identityLabels: ['cluster']}).findings)
          for (const {command} of remedy)
            if (command?.includes('kubectl')) expect(command, check.id).toContain('kubectl --context cluster2')
    }
  })
})
