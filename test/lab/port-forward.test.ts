/** pods/portforward of the lab, spoken by hand: two channels for each port, each opened by the port's number. */
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, expect, it} from 'vitest'
import WebSocket from 'ws'
import {type LabApiServer, startApiServer} from './kubernetes/api-server.ts'
import {everything} from './kubernetes/authorization.ts'
import {createAuthority} from './kubernetes/certificates.ts'

const web = createServer((_request, response) => response.end('up 1\n'.repeat(20_000)))
let api: LabApiServer

beforeAll(async () => {
  await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
  api = await startApiServer({authority: await createAuthority('port-forward test')})
  api.addPod(
    {
      metadata: {name: 'agent-0', namespace: 'monitoring'},
      spec: {nodeName: 'n', containers: [{name: 'prometheus'}]},
      status: {phase: 'Running', podIP: '127.0.0.1'},
    },
    {
      listeners: new Map([[9090, {host: '127.0.0.1', port: (web.address() as AddressInfo).port, localOnly: true}]]),
      logs: new Map(),
    },
  )
})
afterAll(async () => {
  await api.close()
  web.close()
})

/** Sends one HTTP request over the forwarded port; gives what came back on the data and on the error channel. */
function exchange(
  port: number,
  token = api.adminToken,
): Promise<{data: string; error: string; ports: number[]} | {status: number; body: string}> {
  const url = `${api.address.replace('https', 'wss')}/api/v1/namespaces/monitoring/pods/agent-0/portforward?ports=${port}`
  const socket = new WebSocket(url, ['v4.channel.k8s.io'], {
    ca: api.certificateAuthorityPem,
    headers: {authorization: `Bearer ${token}`},
  })
  const channels: [Buffer[], Buffer[]] = [[], []]
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', chunk => (body += chunk))
      response.on('end', () => resolve({status: response.statusCode ?? 0, body}))
    })
    socket.on('open', () =>
      socket.send(
        Buffer.concat([Buffer.of(0), Buffer.from('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')]),
      ),
    )
    socket.on('message', (frame: Buffer) => channels[frame[0] === 0 ? 0 : 1].push(frame.subarray(1)))
    socket.on('close', () => {
      const ports = channels.map(frames => frames.shift()?.readUInt16LE() ?? 0)
      resolve({data: Buffer.concat(channels[0]).toString(), error: Buffer.concat(channels[1]).toString(), ports})
    })
    socket.on('error', reject)
  })
}

it("reaches a listener on the pod's localhost, and closes when the answer is over", async () => {
  const answer = await exchange(9090)
  expect(answer).toMatchObject({ports: [9090, 9090], error: ''})
  expect('data' in answer && answer.data.match(/up 1/g)?.length).toBe(20_000)
})

it('says on the error channel that nothing listens', async () => {
  expect(await exchange(9091)).toMatchObject({data: '', error: expect.stringContaining('connect: connection refused')})
})

it('is cut in the middle when told to', async () => {
  api.faults.push({kind: 'cut-body', pod: 'agent-0', afterBytes: 500})
  const answer = await exchange(9090)
  api.faults.pop()
  expect('data' in answer && answer.data.length).toBe(500)
})

it('is refused with a Status that names the verb, and from 1.35 on wants create as well', async () => {
  expect(await exchange(9090, api.viewerToken)).toMatchObject({
    status: 403,
    body: expect.stringContaining('cannot get resource \\"pods/portforward\\"'),
  })
  const newer = await startApiServer({authority: await createAuthority('newer'), gitVersion: 'v1.35.0'})
  newer.authorizer.setRules('viewer', [{...everything, verbs: ['get']}])
  const older = api
  api = newer
  const refused = await exchange(9090, newer.viewerToken)
  api = older
  await newer.close()
  expect(refused).toMatchObject({
    status: 403,
    body: expect.stringContaining('cannot create resource \\"pods/portforward\\"'),
  })
})
