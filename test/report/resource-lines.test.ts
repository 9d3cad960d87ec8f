import {expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {resourceLines} from '../../src/report/resource-lines.ts'
import {createStyle} from '../../src/report/style.ts'
import {aFailure, aFleet, anAgent} from '../builders/evidence.ts'
import {validateReport} from './schema.ts'

const style = createStyle({columns: 400, colour: false, unicode: true})

function linesOf(...agents: ReturnType<typeof anAgent>[]): string[] {
  const facts = readFacts(aFleet({agents}))
  const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
  expect(validateReport(JSON.parse(JSON.stringify(report)))).toEqual([])
  return resourceLines(report, style)
}

it('an agent has one line, which says where a request or limit is far from the truth', () => {
  const container = {memoryRequestBytes: 2 ** 30, memoryLimitBytes: 128 * 2 ** 20, cpuRequestCores: null}
  const [head, ...lines] = linesOf(anAgent({figures: {residentBytes: 120 * 2 ** 20}, container}))
  expect([head, lines.map(line => line.trim()).join(' ')]).toEqual([
    'resources (~ is a mean since the process started)',
    'cluster2 monitoring/agent-0: memory 120 MiB (request 1 GiB: far more than it uses, limit 128 MiB: too low), CPU 20m (no request, limit 1 core), WAL 29 MiB, 1,000 series at 123 KiB, ~180 samples/s',
  ])
})

it('an agent that told nothing has no line', () => {
  expect(linesOf(anAgent({scrapes: [aFailure('timeout', 'no answer')]}))).toEqual([])
})
