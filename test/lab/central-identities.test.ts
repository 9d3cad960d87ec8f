/** What a central holds of each identity, asked of real Prometheus of three releases and of real VictoriaMetrics. */
import {afterAll, describe, expect, it} from 'vitest'
import {parseCentralUrl} from '../../src/collect/central/access.ts'
import {openCentral} from '../../src/collect/central/open-central.ts'
import {readCentral} from '../../src/collect/central/read.ts'
import type {CentralEvidence} from '../../src/evidence/central.ts'
import {readStore} from '../../src/facts/central/store.ts'
import {waitUntil} from './conditions.ts'
import {storedAgent, writeAgents} from './stored-fleet.ts'
import {findStores, startStore} from './stores.ts'

const HOUR = 3600
const stores = await findStores()

const atEnd: (() => unknown)[] = []
afterAll(async () => {
  for (const end of atEnd.splice(0).reverse()) await end()
})

async function look(url: string, identities: Record<string, string>[]): Promise<CentralEvidence> {
  const {signal} = new AbortController()
  const credentials = {headers: {}, basic: null, token: null}
  const access = {
    kind: 'url',
    url: parseCentralUrl(url).url,
    credentials,
    tls: {authority: null, skipVerify: false},
  } as const
  const impersonate = {user: null, groups: []}
  const api = await openCentral(access, {kubeconfig: null, impersonate, transport: 'auto', signal})
  try {
    return await readCentral(api, {name: url, foundBy: 'url', place: null, endpoints: []}, identities, signal)
  } finally {
    api.close()
  }
}

const identities = [
  {cluster: 'well'},
  {cluster: 'gap'},
  {cluster: 'without-up'},
  {cluster: 'names of its own'},
  {cluster: 'pair', prometheus_replica: 'agent-0'},
  {cluster: 'gone'},
  {cluster: 'never.*"\\'},
]

describe.each(stores)('$name', store => {
  it.skipIf(store.binary === null)(
    'shows the newest sample and the gaps of each identity',
    {timeout: 120_000},
    async () => {
      const url = await startStore(store, {storage: {tsdb: {out_of_order_time_window: '30m'}}}, atEnd)
      const nowSeconds = Math.floor(Date.now() / 1000)
      const write = (agents: ReturnType<typeof storedAgent>[]) => writeAgents(`${url}/api/v1/write`, agents, nowSeconds)
      // A head block takes nothing that is much older than its newest sample: the oldest first.
      await write([storedAgent({cluster: 'gap'}, {fromSecondsAgo: 5 * HOUR, toSecondsAgo: 4 * HOUR})])
      await write([storedAgent({cluster: 'gone'}, {fromSecondsAgo: 3 * HOUR, toSecondsAgo: 2 * HOUR})])
      await write([
        storedAgent({cluster: 'gap'}, {fromSecondsAgo: HOUR, toSecondsAgo: 0}),
        storedAgent({cluster: 'well'}, {fromSecondsAgo: HOUR}),
        storedAgent({cluster: 'without-up'}, {fromSecondsAgo: HOUR, metrics: ['go_info'], hasOwnMetrics: false}),
        storedAgent(
          {cluster: 'names of its own'},
          {fromSecondsAgo: HOUR, metrics: ['orders_total'], hasOwnMetrics: false},
        ),
        storedAgent({cluster: 'pair', prometheus_replica: 'agent-0'}, {fromSecondsAgo: HOUR}),
      ])
      let seen = await look(url, identities)
      // VictoriaMetrics shows what it took after a second or so.
      await waitUntil('all that was written to be seen', 60, async () => {
        seen = await look(url, identities)
        const ages = seen.identities.map(({newest}) => (newest.ok ? newest.value.newestSeconds : null))
        return ages.filter(age => age !== null).length === 5 ? null : JSON.stringify(ages)
      })
      const told = seen.identities.map(({labels, newest, lastDay}) => ({
        who: labels.cluster,
        age:
          newest.ok && newest.value.newestSeconds !== null
            ? Math.round((nowSeconds - newest.value.newestSeconds) / 60)
            : null,
        selector: newest.ok ? newest.value.selector : newest.detail,
        stretches: lastDay.ok
          ? lastDay.value.stretches.map(stretch => stretch.map(at => Math.round((nowSeconds - at) / 60)))
          : lastDay.detail,
      }))
      const hourAgo = expect.any(Number)
      expect(told).toEqual([
        {who: 'well', age: 0, selector: 'up', stretches: [[hourAgo, 0]]},
        {
          who: 'gap',
          age: 0,
          selector: 'up',
          stretches: [
            [hourAgo, 240],
            [hourAgo, 0],
          ],
        },
        {who: 'without-up', age: 0, selector: 'others', stretches: [[hourAgo, 0]]},
        {who: 'names of its own', age: 0, selector: '', stretches: expect.stringContaining('series of its own')},
        {who: 'pair', age: 0, selector: 'up', stretches: [[hourAgo, 0]]},
        {who: 'gone', age: null, selector: '', stretches: [[hourAgo, 120]]},
        {who: 'never.*"\\', age: null, selector: '', stretches: []},
      ])
      expect(told[1]?.stretches[1]?.[0]).toBeGreaterThanOrEqual(59)
      expect(told[1]?.stretches[1]?.[0]).toBeLessThanOrEqual(60)
      const facts = readStore(seen)
      if (store.version === null) {
        expect(facts).toMatchObject({kind: 'victoria-metrics', problem: null, refusesAfterSeconds: null})
      } else {
        expect(facts).toMatchObject({kind: 'prometheus', problem: null, receiver: true, outOfOrderWindowSeconds: 1800})
        expect(facts.refusesAfterSeconds).toBe(HOUR)
        expect(facts.version?.text.startsWith(store.version)).toBe(true)
        expect(facts.writes).toMatchObject({requests: 3, refused: 0, failed: 0})
      }
      expect(Math.abs(facts.clockSkewSeconds ?? 99)).toBeLessThan(30)
    },
  )
})
