/** What `promfleet lag` costs for one agent and for a thousand, against kubectl and against curl and grep. */
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {type Command, type Cost, measure} from './measure.ts'
import {cpuRatio, peakMemory, type Row} from './row.ts'
import {type StandInFleet, startFleet} from './stand-in-fleet.ts'
import {onPath} from './surroundings.ts'

/** Whole processes of a tenth of a second, so many of them that the median stands still. */
const RUNS_OF_ONE = 15
const RUNS_OF_MANY = 3
const MANY_AGENTS = 1000
const MANY_CONTEXTS = 200

export async function measureLag(program: string, directory: string): Promise<Row[]> {
  return [...(await measureOneAgent(program, directory)), await measureManyAgents(program, directory)]
}

/** oclif costs about three times what kubectl does before the first byte leaves, on Node 20; two times from Node 22 on. */
const mostForOne = Number(process.versions.node.split('.')[0]) >= 22 ? 3 : 4.5

async function measureOneAgent(program: string, directory: string): Promise<Row[]> {
  const peer = 'kubectl get --raw .../proxy/metrics'
  const nameOf = (transport: string) => `lag --interval 0, 1 agent, ${transport}`
  if ((await onPath('kubectl')) === null) return [{name: nameOf('proxy'), peer, skipped: 'no kubectl'}]
  const fleet = await startFleet(1, directory)
  try {
    const pod = fleet.agents[0]?.pod ?? ''
    const lag = (transport: string): Command => ({
      line: [
        ...([process.execPath, program, 'lag', '--kubeconfig', fleet.kubeconfig] as [string, ...string[]]),
        ...['--interval', '0', '--transport', transport, '--agent', pod, '-n', fleet.namespace],
      ],
    })
    const kubectl: Command = {
      line: ['kubectl', 'get', '--raw', `/api/v1/namespaces/${fleet.namespace}/pods/${pod}:9090/proxy/metrics`],
      env: {...process.env, KUBECONFIG: fleet.kubeconfig, HOME: directory},
    }
    const [proxy, forward, theirs] = await measure([lag('proxy'), lag('port-forward'), kubectl], RUNS_OF_ONE)
    if (!proxy || !forward || !theirs) throw new Error('nothing was measured')
    const row = (transport: string, ours: Cost, most: number | null): Row => ({
      name: nameOf(transport),
      peer,
      ours,
      theirs,
      limits: [cpuRatio(ours, theirs, most)],
    })
    return [row('proxy', proxy, mostForOne), row('port-forward', forward, null)]
  } finally {
    await fleet.close()
  }
}

async function measureManyAgents(program: string, directory: string): Promise<Row> {
  const name = `lag --interval 0, ${MANY_AGENTS} agents of 300 kB in ${MANY_CONTEXTS} contexts`
  const peer = 'xargs -P 16 curl -s | grep'
  if ((await onPath('curl')) === null) return {name, peer, skipped: 'no curl'}
  const fleet = await startFleet(MANY_AGENTS, directory, MANY_CONTEXTS)
  try {
    const requests = path.join(directory, 'requests')
    await writeFile(requests, requestsByHand(fleet), {mode: 0o600})
    const script = path.join(directory, 'scrape-all.sh')
    await writeFile(script, `xargs -P 16 -L 1 curl -s -k < ${requests} | grep prometheus_remote_storage\n`)
    const scope = ['--kubeconfig', fleet.kubeconfig, '--all-contexts', '--interval', '0', '--transport', 'proxy']
    const [ours, theirs] = await measure(
      [{line: [process.execPath, program, 'lag', ...scope]}, {line: ['bash', script]}],
      RUNS_OF_MANY,
    )
    if (!ours || !theirs) throw new Error('nothing was measured')
    const limits = [cpuRatio(ours, theirs, 0.25), ...peakMemory(ours, 160)]
    return {name, peer, ours, theirs: {...theirs, peakMebibytes: null}, limits}
  } finally {
    await fleet.close()
  }
}

/** A line of curl's arguments for each agent, without the pods' discovery that promfleet does besides. */
function requestsByHand({agents, servers, namespace}: StandInFleet): string {
  const lines = agents.map(({context, pod}) => {
    const api = servers.get(context)
    return `-H "Authorization: Bearer ${api?.adminToken}" ${api?.address}/api/v1/namespaces/${namespace}/pods/${pod}:9090/proxy/metrics\n`
  })
  return lines.join('')
}
