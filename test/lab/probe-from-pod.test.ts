/** The pod as a place to probe from: exec and ephemeral containers of the lab's Kubernetes API, with real programs behind them. */
import type {ChildProcess} from 'node:child_process'
import {chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import type {AddressInfo} from 'node:net'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {asReplayed} from '../../src/collect/bundle/clean-evidence.ts'
import {NO_CREDENTIALS} from '../../src/collect/probe/remote.ts'
import {open} from '../../src/collect/session.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import type {ProbeEvidence} from '../../src/evidence/probe.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aFleet, anAgent} from '../builders/evidence.ts'
import {waitUntil} from './conditions.ts'
import {type LabApiServer, startApiServer} from './kubernetes/api-server.ts'
import {everything} from './kubernetes/authorization.ts'
import {type Authority, createAuthority} from './kubernetes/certificates.ts'
import {missingImage, statusesOf} from './kubernetes/ephemeral-containers.ts'
import {kubeconfigOf} from './kubernetes/kubeconfig.ts'
import {behaviours, type FaultyReceiver, startReceiver} from './receiver.ts'

/** As busybox does it, in its words. Runs on Node, so that the test needs no busybox. */
const nc = `#!${process.execPath}
const net = require('node:net')
const words = process.argv.slice(2)
if (words.includes('--help')) { process.stderr.write('Usage: nc [-wN] IPADDR PORT\\n'); process.exit(1) }
const [host, port] = words.slice(-2)
const fail = text => { process.stderr.write('nc: ' + text + '\\n'); process.exit(1) }
require('node:dns').lookup(host, (error, address) => {
  if (error) fail("bad address '" + host + "'")
  const socket = net.connect(Number(port), address, () => {
    process.stdin.pipe(socket)
    socket.pipe(process.stdout)
  })
  socket.on('error', () => fail("can't connect to remote host (" + address + '): Connection refused'))
  socket.on('close', () => process.exit(0))
})
`

/** As that of 2.53 does it, in its words; the container has nothing else. */
const promtool = `#!${process.execPath}
const words = process.argv.slice(2)
const url = words.at(-1)
process.stdout.write('Parsing standard input\\n')
const fail = text => { process.stdout.write('  FAILED: ' + text + '\\n'); process.exit(1) }
if (words[0] !== 'push' || words[1] !== 'metrics') fail('unexpected')
const request = require('node:http').request(url, {method: 'POST', headers: {'content-encoding': 'snappy', 'content-length': 1}}, answer => {
  if (answer.statusCode >= 300) fail('server returned HTTP status ' + answer.statusCode + ' X: no')
  process.stdout.write('  SUCCESS: metrics pushed to remote write.\\n')
  process.exit(0)
})
request.on('error', error => fail('Post "' + url + '": dial tcp: ' + (error.code === 'ENOTFOUND' ? 'lookup x: no such host' : 'connect: connection refused')))
request.end(Buffer.of(0))
`

let directory: string
let authority: Authority
let receiver: FaultyReceiver
let kubeconfig: string
const apis: {name: string; api: LabApiServer; running: Set<ChildProcess>}[] = []

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'promfleet-probe-'))
  symlinkSync('/bin/sh', path.join(directory, 'sh'))
  writeFileSync(path.join(directory, 'nc'), nc)
  chmodSync(path.join(directory, 'nc'), 0o755)
  mkdirSync(path.join(directory, 'distroless'))
  writeFileSync(path.join(directory, 'distroless/promtool'), promtool, {mode: 0o755})
  authority = await createAuthority('probe test')
  receiver = await startReceiver(behaviours.accept)
  for (const [name, gitVersion] of [
    ['new', 'v1.35.0'],
    ['old', 'v1.20.2'],
  ] as const) {
    const api = await startApiServer({authority, gitVersion})
    const running = new Set<ChildProcess>()
    for (const pod of ['with-tools', 'without', 'distroless']) {
      api.addPod(
        {
          metadata: {name: pod, namespace: 'monitoring', labels: {app: 'agent'}},
          spec: {nodeName: 'n', containers: [{name: 'prometheus'}]},
          status: {phase: 'Running'},
        },
        {
          listeners: new Map(),
          logs: new Map(),
          // What is added later has tools of its own.
          programs: new Map([
            ['*', directory],
            ...(pod === 'without' ? [['prometheus', '/nonexistent'] as const] : []),
            ...(pod === 'distroless' ? [['prometheus', path.join(directory, 'distroless')] as const] : []),
          ]),
          running,
        },
      )
    }
    api.store.put('networkpolicies', {
      metadata: {name: 'only-dns', namespace: 'monitoring'},
      spec: {podSelector: {matchLabels: {app: 'agent'}}, policyTypes: ['Egress']},
    })
    apis.push({name, api, running})
  }
  kubeconfig = path.join(directory, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigOf(apis))
})
afterAll(async () => {
  await receiver?.close()
  for (const {api} of apis) await api.close()
  rmSync(directory, {recursive: true})
})

function cluster(name: string): (typeof apis)[number] {
  const found = apis.find(own => own.name === name)
  if (!found) throw new Error(`no cluster ${name}`)
  return found
}

interface Asked {
  context?: string
  pod?: string
  url?: string
  image?: string | null
}

/** What session.probe adds to a take in which this agent writes to this URL. */
async function probe({context = 'new', pod = 'with-tools', url = receiver.url, image = null}: Asked): Promise<{
  seen: ProbeEvidence
  all: FleetEvidence
  said: string[]
}> {
  const session = await open(
    {kubeconfig, contexts: [context], allContexts: false, impersonate: {user: null, groups: []}, webCredentials: null},
    {
      ...aFleet().options,
      toolVersion: '0',
      onProgress: () => undefined,
      wantsAnotherScrape: () => false,
      signal: new AbortController().signal,
    },
  )
  const agent = anAgent({context, pod, queues: [{url}], podStatus: {labels: {app: 'agent'}}})
  const version = context === 'new' ? 'v1.35.0' : 'v1.20.2'
  const contexts = {[context]: {serverVersion: {ok: true as const, value: version, at: '2026-11-23T00:00:00Z'}}}
  const taken = aFleet({agents: [agent], contexts})
  const said: string[] = []
  try {
    const tried = await session.probe(taken, {
      fromHere: false,
      fromPod: true,
      image,
      remote: NO_CREDENTIALS,
      only: [],
      canary: null,
      announce: line => said.push(line),
      signal: new AbortController().signal,
    })
    const all = asReplayed({...taken, ...tried})
    const seen = all.probes?.[0]
    if (!seen) throw new Error('nothing was probed')
    return {seen, all, said}
  } finally {
    await session.close()
  }
}

const layersOf = (evidence: FleetEvidence) => {
  const [own] = readFacts(evidence).probes
  return {failing: own?.failing?.layer ?? null, class: own?.failing?.class ?? null, accepts: own?.accepts ?? false}
}

/** Resolves when no program that exec started is left. */
function noneRuns(name: string): Promise<void> {
  return waitUntil('the end of every program', 20, async () => {
    const {size} = cluster(name).running
    return size === 0 ? null : `${size} programs still run`
  })
}

describe('from the pod', () => {
  it('sends the empty write through nc in its container, and says before what it will do', async () => {
    const requests = receiver.requests
    const {seen, all, said} = await probe({})
    expect(seen.from).toMatchObject({kind: 'pod', pod: 'with-tools', container: 'prometheus', by: 'exec'})
    expect(seen.http).toMatchObject({ok: true, value: {status: 204}})
    expect(layersOf(all)).toMatchObject({failing: null, accepts: true})
    expect(receiver.requests).toBe(requests + 1)
    expect(said).toEqual(['runs nc, writes nothing, and ends it again, in new monitoring/with-tools'])
    await noneRuns('new')
  })

  it('names the policies that select the pod, without working them out', async () => {
    const {all} = await probe({})
    expect(all.networkPolicies).toMatchObject([
      {namespace: 'monitoring', policies: {ok: true, value: [{name: 'only-dns'}]}},
    ])
  })

  it('finds the first layer that fails: the name, the connection, TLS, the receiver', async () => {
    const port = await closedPort()
    const faulty = await startReceiver(behaviours.disabled)
    const tries = await Promise.all([
      probe({url: 'http://no-such-host.invalid/api/v1/write'}),
      probe({url: `http://127.0.0.2:${port}/api/v1/write`}),
      probe({url: receiver.url.replace('http:', 'https:')}),
      probe({url: faulty.url}),
    ])
    await faulty.close()
    expect(tries.map(({all}) => layersOf(all))).toEqual([
      {failing: 'dns', class: 'name-not-resolved', accepts: false},
      {failing: 'tcp', class: 'refused', accepts: false},
      {failing: 'tls', class: 'scheme-mismatch', accepts: false},
      {failing: 'receiver', class: 'receiver-disabled', accepts: false},
    ])
    await noneRuns('new')
  })

  it('ends nc when the other side takes the connection and says nothing', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const {all} = await probe({url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/api/v1/write`})
    expect(layersOf(all)).toMatchObject({failing: 'http', class: 'timed-out'})
    await noneRuns('new')
    silent.close()
  })

  it('says that a container has no tools, and what helps', async () => {
    const {seen} = await probe({pod: 'without'})
    expect(seen.skipped).toMatch(/container prometheus has no shell with nc .* --image/)
  })

  it('takes promtool where there is no shell, says so, and knows the layers by its words', async () => {
    const {seen, all, said} = await probe({pod: 'distroless'})
    expect(seen.from).toMatchObject({kind: 'pod', by: 'exec', program: 'promtool'})
    expect(layersOf(all)).toMatchObject({failing: null, accepts: true})
    expect(said[1]).toBe(
      'runs promtool push metrics, with nothing to push, in new monitoring/distroless, which has no shell with nc',
    )
    const port = await closedPort()
    const refused = await probe({pod: 'distroless', url: `http://127.0.0.2:${port}/api/v1/write`})
    expect(layersOf(refused.all)).toEqual({failing: 'tcp', class: 'refused', accepts: false})
    await noneRuns('new')
  })

  it('says which right is missing', async () => {
    const {api} = cluster('new')
    api.faults.push({kind: 'forbidden', on: {resource: 'pods/exec'}})
    try {
      const {seen} = await probe({})
      expect(seen.skipped).toMatch(/403|forbidden/i)
    } finally {
      api.faults.length = 0
    }
  })

  it('never gives a host to nc that could be one of its options', async () => {
    const {seen} = await probe({url: 'http://-e/api/v1/write'})
    expect(seen.tcp).toMatchObject({ok: false, code: 'UNUSABLE'})
  })
})

describe('from an ephemeral container', () => {
  it('adds one, tries from it, and ends it', async () => {
    const {seen, all, said} = await probe({pod: 'without', image: 'busybox'})
    expect(seen.from).toMatchObject({by: 'ephemeral-container', container: expect.stringMatching(/^promfleet-probe-/)})
    expect(layersOf(all)).toMatchObject({failing: null, accepts: true})
    expect(said[0]).toMatch(/^adds an ephemeral container of image busybox/)
    const pod = cluster('new').api.store.get('pods', 'monitoring', 'without')
    expect(pod && statusesOf(pod).map(({state}) => Object.keys(state))).toEqual([['terminated']])
  })

  it('says so when the image cannot be had', async () => {
    const {seen} = await probe({pod: 'without', image: missingImage})
    expect(seen.skipped).toMatch(/does not run: ErrImagePull/)
  })

  it('is not tried where the API server has none', async () => {
    const {seen} = await probe({context: 'old', image: 'busybox'})
    expect(seen.skipped).toMatch(/v1\.20\.2\) has no ephemeral containers: they came with Kubernetes 1\.23/)
  })
})

describe('the rights of 1.35', () => {
  it('are get and create on pods/exec', async () => {
    const {api} = cluster('new')
    const config = path.join(directory, 'viewer')
    writeFileSync(config, kubeconfigOf([{name: 'new', api}], 'viewer'))
    api.authorizer.setRules('viewer', [{...everything, verbs: ['get', 'list']}])
    const admin = kubeconfig
    kubeconfig = config
    try {
      expect((await probe({})).seen.skipped).toMatch(/cannot create resource "pods\/exec"/)
      api.authorizer.setRules('viewer', [everything])
      expect(layersOf((await probe({})).all)).toMatchObject({accepts: true})
    } finally {
      kubeconfig = admin
    }
  })
})

/** One that nobody listens on: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.2', resolve))
  const {port} = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
