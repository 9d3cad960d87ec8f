import {describe, expect, it} from 'vitest'
import {failedLogReport, reportLogs} from '../../src/diagnose/logs/report-logs.ts'
import {watchLogs} from '../../src/diagnose/logs/watch.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {renderJson} from '../../src/report/json.ts'
import {renderAlike, renderLogEvent, renderLogEventJson} from '../../src/report/log-event.ts'
import {renderLogs} from '../../src/report/logs.ts'
import {aFailure, aFleet, anAgent} from '../builders/evidence.ts'
import {logFixtures} from './log-fixtures.ts'
import {validateLogReport} from './schema.ts'

const plain = {colour: false, unicode: true}
const report = (name: string) => reportLogs(readFacts(logFixtures[name]!()), {previous: false, interruptedWith: null})

describe.each(Object.keys(logFixtures))('logs: %s', name => {
  it('reads as reviewed at 80 and at 140 columns', async () => {
    for (const columns of [80, 140]) {
      const text = renderLogs(report(name), {columns, ...plain})
      await expect(text).toMatchFileSnapshot(`golden/logs/${name}-${columns}.txt`)
    }
  })
  it('keeps to its columns, but for addresses and what is to be copied', () => {
    for (const columns of [40, 60, 80, 100, 140]) {
      const lines = renderLogs(report(name), {columns, ...plain, verbose: true}).split('\n')
      expect(lines.filter(line => [...line].length > columns && !/\S{20,}|ADMIN_CONTEXT apply/.test(line))).toEqual([])
    }
  })
  it('says with colour what it says without', () => {
    const coloured = renderLogs(report(name), {columns: 100, colour: true, unicode: true})
    const stripped = coloured.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')
    expect(stripped).toBe(renderLogs(report(name), {columns: 100, ...plain}))
  })
  it('fits the schema, and gives the same document twice', () => {
    expect(validateLogReport(JSON.parse(renderJson(report(name))))).toEqual([])
    expect(renderJson(report(name))).toBe(renderJson(report(name)))
  })
})

describe('the report about logs', () => {
  it('shows every place with -v', () => {
    const text = renderLogs(report('fleet'), {columns: 140, ...plain, verbose: true})
    expect(text.match(/queue central/g)).toHaveLength(7)
  })
  it('says what may not be listed and what grants it, and not that there is no agent', () => {
    const needs = [[{verb: 'list', group: '', resource: 'pods', namespace: 'shop'}]]
    const pods = aFailure('forbidden', 'pods is forbidden: User "viewer" cannot list resource "pods"', needs)
    const facts = readFacts(aFleet({agents: [], contexts: {cluster2: {podLists: [{namespace: 'shop', pods}]}}}))
    const refused = reportLogs(facts, {previous: false, interruptedWith: null})
    expect(validateLogReport(JSON.parse(renderJson(refused)))).toEqual([])
    const text = renderLogs(refused, {columns: 140, ...plain})
    expect(text).toContain('no right to read the pods in cluster2: needs list on pods in namespace shop.')
    expect(text).toContain('\n    promfleet rbac --user viewer -n shop | kubectl --context ADMIN_CONTEXT apply -f -\n')
    expect(text.trimEnd().split('\n').at(-1)).toBe('? which agents there are in cluster2 is not known (exit 3)')
  })
  it.each([false, true])('asks for the logs alone where they may not be read (--previous: %s)', previous => {
    const refusal = (resource: string) =>
      aFailure('forbidden', `User "viewer" cannot get resource "${resource}"`, [
        [{verb: 'get', group: '', resource, namespace: 'monitoring'}],
      ])
    const log = refusal('pods/log')
    const agent = anAgent({scrapes: [refusal('pods/proxy')]})
    Object.assign(agent.evidence, {log, previousLog: log})
    const [context] = reportLogs(readFacts(aFleet({agents: [agent]})), {previous, interruptedWith: null}).contexts
    expect(context?.refused).toMatchObject({needs: 'get on pods/log in namespace monitoring'})
  })
  it('is a valid document when the run could not start', () => {
    const failed = failedLogReport('no context "x"', 'see "kubectl config get-contexts"', '0.1.0', new Date(0))
    expect(validateLogReport(JSON.parse(renderJson(failed)))).toEqual([])
    expect(renderLogs(failed, {columns: 80, ...plain})).toContain('no context "x"')
  })
})

describe('a followed log', () => {
  const place = {context: 'cluster2', namespace: 'monitoring', pod: 'agent-0', container: 'prometheus'}
  const line =
    'ts=2026-11-23T02:03:00.000Z caller=dedupe.go:112 component=remote level=error remote_name=a url=http://h/w msg="non-recoverable error" count=2 err="server returned HTTP status 401 Unauthorized: \u001b[31mUnauthorized"'
  const event = watchLogs()(place, line, '2026-11-23T02:03:01.000Z')!
  const options = {columns: 80, ...plain, showContext: true, showRemedy: true}
  it('tells a new kind in a few lines, with its time, place, words and remedy', async () => {
    await expect(renderLogEvent(event, options)).toMatchFileSnapshot('golden/logs/event-80.txt')
    expect(renderLogEvent(event, {...options, showRemedy: false})).not.toContain('do:')
  })
  it('names agents that say the same in one line, the first few of many', () => {
    const others = ['agent-1', 'agent-1', 'agent-2', 'agent-3', 'agent-4', 'agent-5'].map(pod => ({
      ...event,
      pod,
    }))
    const text = renderAlike(event, others, options).replace(/\s+/g, ' ')
    expect(text).toContain(
      'the same of cluster2 monitoring/agent-1, cluster2 monitoring/agent-2, cluster2 monitoring/agent-3, cluster2 monitoring/agent-4 and 1 more agent (-v names them)',
    )
    expect(renderAlike(event, others, {...options, verbose: true})).toContain('agent-5')
  })
  it('is one JSON document per line', () => {
    const text = renderLogEventJson(event)
    expect(text.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(text)).toMatchObject({schemaVersion: 1, event: 'new', cause: 'receiver/unauthorized', queue: 'a'})
  })
})
