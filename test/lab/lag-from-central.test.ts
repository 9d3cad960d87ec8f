/** What `lag --from-central` says of the same fleet, stored by real Prometheus of three releases and by real VictoriaMetrics. */
import {afterAll, describe, expect, it} from 'vitest'
import {openCentralFleet} from '../../src/collect/central/fleet-session.ts'
import {centralAccess, openCentral} from '../../src/command-line/central.ts'
import {lagReportFromCentral} from '../../src/diagnose/lag/from-central.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {THRESHOLDS} from '../../src/facts/thresholds.ts'
import {waitUntil} from './conditions.ts'
import {storedAgent, writeAgents} from './stored-fleet.ts'
import {findStores, startStore} from './stores.ts'

const stores = await findStores()

const atEnd: (() => unknown)[] = []
afterAll(async () => {
  for (const end of atEnd.splice(0).reverse()) await end()
})

/** A slow machine may take minutes to get here. */
const thresholds = {...THRESHOLDS, lateSeconds: 600}

/** Each as it should be told: identity, state, whether its own metrics arrive. */
const agents = [
  storedAgent({cluster: 'well'}),
  storedAgent({cluster: 'refused'}, {failedPerSecond: 10}),
  storedAgent({cluster: 'late'}, {toSecondsAgo: 900}),
  storedAgent({cluster: 'without-own-metrics'}, {hasOwnMetrics: false}),
  storedAgent({cluster: 'without-up'}, {metrics: ['node_uname_info'], hasOwnMetrics: false}),
  storedAgent({cluster: 'with names of its own'}, {metrics: ['orders_total'], hasOwnMetrics: false}),
  storedAgent({cluster: 'pair', prometheus: 'monitoring/agent', prometheus_replica: 'agent-0'}),
  storedAgent({cluster: 'pair', prometheus: 'monitoring/agent', prometheus_replica: 'agent-1'}, {toSecondsAgo: 900}),
  storedAgent({cluster: 'sparse'}, {stepSeconds: 120}),
  storedAgent({cluster: 'every-minute'}, {stepSeconds: 60}),
  storedAgent({cluster: 'restarted'}, {restartedSecondsAgo: 40}),
  storedAgent({cluster: 'young'}, {fromSecondsAgo: 100}),
  storedAgent({cluster: 'turns'}, {failedPerSecond: 10, isPair: true}),
]
/** Two agents whose own label nobody asked for; each scrapes at times of its own. */
const alike = ['a', 'b'].map((agent, index) => storedAgent({cluster: 'alike', agent}, {toSecondsAgo: 5 + 4 * index}))
/** Two processes with other URLs, and one instance: their `samples_in_total` look like one. */
const oneProcess = ['a', 'b'].map((agent, index) =>
  storedAgent({cluster: 'one-process', agent}, {url: `http://${agent}:9090/api/v1/write`, toSecondsAgo: 5 + 4 * index}),
)
/** One, each of whose two queues adds a label of its own. */
const twoQueues = ['a', 'b'].map(tier => storedAgent({cluster: 'two-queues', tier}))
/**
 * One that lost its identity label; and with labels of scraping alone: what the central stores of itself, an agent without any other, and
 * one whose own series have one, which the central scrapes besides.
 */
const unlabelled = [
  storedAgent({region: 'eu'}),
  storedAgent({}, {pod: 'central-0'}),
  storedAgent({}, {pod: 'bare-0', runsAsAgent: true, loadedAtSeconds: 2500}),
  storedAgent({}, {pod: 'scraped-0', runsAsAgent: true}),
]
/** It dies of each scrape or two: its interval is known from an earlier life. */
const dying = storedAgent({cluster: 'dying'}, {toSecondsAgo: 150, intervalToSecondsAgo: 600})
const old = storedAgent({cluster: 'old'}, {fromSecondsAgo: 10_800, toSecondsAgo: 7200})

describe.each(stores)('$name', store => {
  it.skipIf(store.binary === null)(
    'tells of every identity how old its newest sample is, and what its queues do',
    async () => {
      const url = await startStore(store, {}, atEnd)
      const nowSeconds = Date.now() / 1000
      // A head block takes nothing that is an hour older than its newest: the oldest first.
      await writeAgents(`${url}/api/v1/write`, [old], nowSeconds)
      await writeAgents(
        `${url}/api/v1/write`,
        [...agents, dying, ...alike, ...oneProcess, ...twoQueues, ...unlabelled],
        nowSeconds,
      )
      const look = async (intervalSeconds: number): Promise<FleetEvidence> => {
        const api = await openCentral({'central-url': url, transport: 'auto'}, new AbortController().signal)
        if (api === null) throw new Error(String(centralAccess({'central-url': url})))
        const session = openCentralFleet(api, {
          ...{toolVersion: '0.0.0', foundBy: 'url', identityLabels: ['cluster'], transport: 'auto'},
          expected: [{cluster: 'well'}, {cluster: 'gone'}],
          unnamedExpected: 2,
          intervalSeconds,
          lateSeconds: thresholds.lateSeconds,
          timeoutSeconds: 60,
          signal: new AbortController().signal,
        })
        try {
          return await session.take()
        } finally {
          await session.close()
        }
      }
      // VictoriaMetrics shows what it took after a second or so.
      await waitUntil('all that was written to be seen', 60, async () => {
        const {centralFleet} = await look(0)
        const [first] = centralFleet?.looks ?? []
        const seen = first?.ok ? first.value.identities.length : 0
        const queues = centralFleet?.queues.ok ? centralFleet.queues.value.length : 0
        return seen === 15 && queues === 13 ? null : `${seen} identities, ${queues} queues`
      })
      const usual = {sort: 'context', onlyBehind: false, failOverSeconds: null} as const
      const evidence = await look(1)
      const byUsualLimits = lagReportFromCentral(evidence, THRESHOLDS, usual)
      expect(byUsualLimits.rows.find(({context}) => context === 'dying')?.state).toBe('behind')
      const report = lagReportFromCentral(evidence, thresholds, usual)
      expect(report.rows.filter(({of}) => of === 'context')).toMatchObject([
        {
          state: 'unknown',
          stateReason:
            'not judged: 2 expected agents that the fleet file does not name by labels (labels: {cluster: …}); 2 agents without cluster: {region="eu"}; 1 with no external label, unless the central itself scrapes it: set external_labels there',
        },
      ])
      const shown = report.rows.filter(({of, context}) => of !== 'context' && context !== 'dying')
      const told = shown.map(({context, pod, state, queue}) => ({
        who: `${context} ${pod}`.trim(),
        state,
        delivers: (queue?.deliveredPerSecond ?? 0) > 0,
      }))
      expect(told).toEqual([
        {who: 'alike agent-0', state: 'unknown', delivers: false},
        {who: 'every-minute agent-0', state: 'delivering', delivers: true},
        {who: 'gone', state: 'silent', delivers: false},
        {who: 'late', state: 'silent', delivers: false},
        {who: 'old', state: 'silent', delivers: false},
        {who: 'one-process agent-0', state: 'unknown', delivers: false},
        {who: 'one-process agent-0', state: 'unknown', delivers: false},
        {who: 'pair agent-1', state: 'silent', delivers: false},
        {who: 'pair agent-0', state: 'delivering', delivers: true},
        {who: 'refused agent-0', state: 'losing', delivers: true},
        {who: 'restarted agent-0', state: 'delivering', delivers: false},
        {who: 'sparse agent-0', state: 'delivering', delivers: true},
        {who: 'turns agent-0', state: 'unknown', delivers: false},
        {who: 'two-queues agent-0', state: 'delivering', delivers: true},
        {who: 'well agent-0', state: 'delivering', delivers: true},
        {who: 'with names of its own', state: 'delivering', delivers: false},
        {who: 'without-own-metrics', state: 'delivering', delivers: false},
        {who: 'without-up', state: 'delivering', delivers: false},
        {who: 'young agent-0', state: 'delivering', delivers: false},
      ])
      // To the sample: the truth is what was written.
      for (const {labels, toSecondsAgo} of [...agents, old]) {
        const row = report.rows.find(({central}) => JSON.stringify(central?.identity) === JSON.stringify(labels))
        const newest = Date.parse(row?.central?.newestSampleAt ?? '') / 1000
        expect(Math.abs(newest - (nowSeconds - toSecondsAgo)), JSON.stringify(labels)).toBeLessThan(0.01)
      }
      const refused = report.rows.find(({context}) => context === 'refused')?.queue
      expect(refused?.failureRatio).toBeCloseTo(0.1, 3)
      expect(refused).toMatchObject({pendingSamples: 20, shards: {current: 1, desired: 0.1, max: 50}})
      expect(report.exitCode).toBe(1)
    },
  )
})
