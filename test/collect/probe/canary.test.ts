/** For which agents canaries are written, and that none is left out in silence. */
import {once} from 'node:events'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, beforeEach, expect, it} from 'vitest'
import type {QueryApi} from '../../../src/collect/central/query-api.ts'
import {sendCanaries} from '../../../src/collect/probe/canary.ts'
import {planProbes} from '../../../src/collect/probe/plan.ts'
import {NO_CREDENTIALS} from '../../../src/collect/probe/remote.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {aFleet, anAgent, collected} from '../../builders/evidence.ts'

let receiver: Server
let url: string
let writes = 0
/** Called at each query. */
let onQuery = () => {}
const central: Pick<QueryApi, 'name' | 'query'> = {
  name: 'http://central',
  async query() {
    onQuery()
    return collected({samples: [{labels: {}, value: 1, atSeconds: 1}], warnings: []})
  },
}

beforeEach(async () => {
  writes = 0
  onQuery = () => {}
  receiver = createServer((request, response) => {
    writes += 1
    request.resume()
    response.writeHead(204).end()
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/api/v1/write`
})
afterEach(() => void receiver.close())

async function send(agents: number, signal = new AbortController().signal) {
  const fleet = Array.from({length: agents}, (_, index) => anAgent({pod: `agent-${index}`, queues: [{url}]}))
  const {plans} = planProbes(readFacts(aFleet({agents: fleet})), NO_CREDENTIALS, [])
  const sent = await sendCanaries(plans, NO_CREDENTIALS, central as QueryApi, signal)
  return sent.map(({write}) => write.skipped)
}

it.each([20, 21, 45])('of %i agents twenty have one written, and each of the rest is told', async agents => {
  const told = await send(agents)
  expect(writes).toBe(20)
  expect(told.slice(0, 20)).toEqual(Array(20).fill(null))
  expect(told.slice(20)).toEqual(
    Array(agents - 20).fill('canaries are written for 20 agents in one run: choose with --agent or --remote-url'),
  )
})
it('those that a stop comes before are told, too', async () => {
  const stop = new AbortController()
  onQuery = () => stop.abort()
  expect(await send(3, stop.signal)).toEqual([null, 'the run was stopped before', 'the run was stopped before'])
  expect(writes).toBe(1)
})
