/** What `promfleet lag` costs for one agent, against kubectl, and for up to a thousand, against curl and grep. */
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {type Command, type Cost, measure} from './measure.ts'
import {cpuRatio, peakMemory, type Row} from './row.ts'
import {type StandInFleet, startFleet} from './stand-in-fleet.ts'
import {bundle, onPath} from './surroundings.ts'

/** Whole processes of a tenth of a second, so many of them that the median stands still. */
const RUNS_OF_ONE = 15
const RUNS_OF_MANY = 3
const FLEETS = [
  {agents: 20, contexts: 1},
  {agents: 200, contexts: 20},
  {agents: 1000, contexts: 200},
]

export async function measureLag(program: string, directory: string): Promise<Row[]> {
  const rows = await measureOneAgent(program, directory)
  for (const fleet of FLEETS) rows.push(...(await measureManyAgents(program, directory, fleet)))
  return rows
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

/** The largest fleet is also scraped only: that is all that the peer does. */
async function measureManyAgents(
  program: string,
  directory: string,
  {agents, contexts}: (typeof FLEETS)[number],
): Promise<Row[]> {
  const where = `${agents} agents of 300 kB in ${contexts} context${contexts === 1 ? '' : 's'}`
  const peer = 'xargs -P 16 curl -s | grep'
  if ((await onPath('curl')) === null) return [{name: `lag --interval 0, ${where}`, peer, skipped: 'no curl'}]
  const isLargest = agents === Math.max(...FLEETS.map(fleet => fleet.agents))
  const fleet = await startFleet(agents, directory, contexts)
  try {
    const [theirs, proxy, forward, scrapes] = await measure(
      [
        await scrapesByHand(fleet, directory),
        ...['proxy', 'port-forward'].map(transport => lagOfAll(program, fleet, transport)),
        ...(isLargest ? [await scrapesAlone(fleet, directory)] : []),
      ],
      RUNS_OF_MANY,
    )
    if (!theirs || !proxy || !forward) throw new Error('nothing was measured')
    const row = (name: string, ours: Cost, most: {ratio: number; mebibytes: number} | null): Row => ({
      ...{name, peer, ours, theirs: {...theirs, peakMebibytes: null}},
      limits: [cpuRatio(ours, theirs, most?.ratio ?? null), ...peakMemory(ours, most?.mebibytes ?? null)],
    })
    return [
      row(`lag --interval 0, ${where}, proxy`, proxy, null),
      row(`lag --interval 0, ${where}, port-forward`, forward, null),
      ...(scrapes ? [row(`scrapes of ${where}, proxy`, scrapes, {ratio: 0.25, mebibytes: 160})] : []),
    ]
  } finally {
    await fleet.close()
  }
}

function lagOfAll(program: string, {kubeconfig}: StandInFleet, transport: string): Command {
  const scope = ['--kubeconfig', kubeconfig, '--all-contexts', '--interval', '0', '--transport', transport]
  return {line: [process.execPath, program, 'lag', ...scope]}
}

async function scrapesByHand(fleet: StandInFleet, directory: string): Promise<Command> {
  const requests = path.join(directory, 'requests')
  await writeFile(requests, requestsByHand(fleet), {mode: 0o600})
  const script = path.join(directory, 'scrape-all.sh')
  await writeFile(script, `xargs -P 16 -L 1 curl -s -k < ${requests} | grep prometheus_remote_storage\n`)
  return {line: ['bash', script]}
}

async function scrapesAlone({kubeconfig, namespace, agents}: StandInFleet, directory: string): Promise<Command> {
  const scraper = await bundle('read-fleet.ts', directory)
  const list = path.join(directory, 'agents')
  await writeFile(list, agents.map(({context, pod}) => `${context} ${pod}\n`).join(''))
  return {line: [process.execPath, scraper, kubeconfig, namespace, list]}
}

/** A line of curl's arguments for each agent, without the pods' discovery that promfleet does besides. */
function requestsByHand({agents, servers, namespace}: StandInFleet): string {
  const lines = agents.map(({context, pod}) => {
    const api = servers.get(context)
    return `-H "Authorization: Bearer ${api?.adminToken}" ${api?.address}/api/v1/namespaces/${namespace}/pods/${pod}:9090/proxy/metrics\n`
  })
  return lines.join('')
}
