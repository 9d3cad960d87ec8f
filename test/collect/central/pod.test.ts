import http from 'node:http'
import {afterEach, describe, expect, it} from 'vitest'
import {connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import type {CentralCredentials} from '../../../src/collect/central/access.ts'
import {findCentralPod, wayToPod} from '../../../src/collect/central/pod.ts'
import {openQueryApi} from '../../../src/collect/central/prometheus-api.ts'
import {answerJson, answerStatus, asMyself, contextOf, type StandIn, startPod, startStandIn} from '../stand-in.ts'
import {queryOptions} from './stand-in-central.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const signal = new AbortController().signal

async function cluster(pods: unknown[]): Promise<{standIn: StandIn; api: ReturnType<typeof connectApiServer>}> {
  const standIn = await startStandIn()
  standIn.respond = (_request, response) => answerJson(response, {items: pods})
  const api = connectApiServer(await contextOf(standIn), asMyself)
  closing.push(() => api.close(), standIn.close)
  return {standIn, api}
}

function centralPod(name: string, port: number, owner = name.replace(/-\d+$/, '')) {
  return {
    metadata: {namespace: 'monitoring', name, ownerReferences: [{kind: 'StatefulSet', name: owner, controller: true}]},
    spec: {
      containers: [
        {
          name: 'prometheus',
          image: 'prometheus',
          args: ['--web.enable-remote-write-receiver', `--web.listen-address=:${port}`, '--web.route-prefix=/central'],
        },
      ],
    },
    status: {phase: 'Running', containerStatuses: [{name: 'prometheus', state: {running: {}}}]},
  }
}

describe('the pod of the central', () => {
  it('is one of the replicas of a single workload', async () => {
    const {api} = await cluster([centralPod('central-1', 9090), centralPod('central-0', 9090)])
    expect(await findCentralPod(api, {namespace: null, pod: null}, signal)).toMatchObject({value: {pod: 'central-0'}})
  })

  it('is chosen by the user where it may be more than one', async () => {
    const {api} = await cluster([centralPod('central-0', 9090), centralPod('long-term-0', 9090)])
    expect(await findCentralPod(api, {namespace: null, pod: null}, signal)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/monitoring\/central-0, monitoring\/long-term-0.*--central-pod/),
    })
    expect(await findCentralPod(api, {namespace: null, pod: 'long-term-0'}, signal)).toMatchObject({
      value: {pod: 'long-term-0'},
    })
  })

  it('that is not there, or may not be listed, is a sentence', async () => {
    const {api, standIn} = await cluster([])
    expect(await findCentralPod(api, {namespace: null, pod: null}, signal)).toMatchObject({
      reason: 'not-found',
      detail: expect.stringContaining('--central-url'),
    })
    standIn.respond = (_request, response) => answerStatus(response, 403, 'Forbidden', 'pods is forbidden')
    expect(await findCentralPod(api, {namespace: 'monitoring', pod: null}, signal)).toMatchObject({
      reason: 'forbidden',
      needs: [[{verb: 'list', resource: 'pods', namespace: 'monitoring'}]],
    })
  })
})

describe('the way to the pod of the central', () => {
  async function asked(credentials: Partial<CentralCredentials>, transport: 'auto' | 'proxy' = 'auto') {
    const seen: http.IncomingMessage[] = []
    const server = http.createServer((request, response) => {
      seen.push(request)
      answerJson(response, {status: 'success', data: {resultType: 'vector', result: [{metric: {}, value: [1, '7']}]}})
    })
    const pod = await startPod(server)
    const {api, standIn} = await cluster([centralPod('central-0', pod.port)])
    const found = await findCentralPod(api, {namespace: null, pod: null}, signal)
    if (!found.ok) throw new Error(found.detail)
    standIn.respond = (request, response) => {
      seen.push(request)
      answerJson(response, {status: 'success', data: {resultType: 'vector', result: []}})
    }
    const way = wayToPod(api, found.value, {headers: {}, basic: null, token: null, ...credentials}, transport)
    const queries = openQueryApi(way)
    closing.push(pod.close)
    const answer = await queries.query(`up{a=~"${'x'.repeat(9000)}"}`, queryOptions())
    return {answer, seen, queries}
  }

  it('is a port-forward below the prefix of its web server, with GET however long the query', async () => {
    const {answer, seen, queries} = await asked({headers: {'x-scope-orgid': 'team-a'}})
    expect(answer).toMatchObject({ok: true, value: {samples: [{value: 7}]}})
    expect(queries.name).toBe('here/monitoring/central-0')
    expect(seen[0]).toMatchObject({method: 'GET', url: expect.stringMatching(/^\/central\/api\/v1\/query\?query=up/)})
    expect(seen[0]?.headers['x-scope-orgid']).toBe('team-a')
  })

  it('takes a token to the pod, and never to the API server', async () => {
    const {answer, seen, queries} = await asked({token: 'token-of-the-central'}, 'proxy')
    expect(answer).toMatchObject({ok: true, value: {samples: [{value: 7}]}})
    expect(seen.map(({headers}) => headers.authorization)).toEqual(['Bearer token-of-the-central'])
    expect(queries.credentials()).toEqual(expect.arrayContaining(['token-of-the-central', 'good']))
  })
})
