/** What a look at agents costs, against looking at them by hand with kubectl and grep. */
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {type Command, type Cost, measure} from './measure.ts'
import {cpuRatio, type Row, wallRatio} from './row.ts'
import {startFleet} from './stand-in-fleet.ts'
import {onPath} from './surroundings.ts'

const RUNS = 3
const INTERVAL_SECONDS = 10
const AGENTS = 20

export async function measureFleet(program: string, directory: string): Promise<Row[]> {
  return [await measureOneAgent(program, directory), await measureManyAgents(program, directory)]
}

async function measureOneAgent(program: string, directory: string): Promise<Row> {
  const fleet = await startFleet(1, directory)
  try {
    const [whole] = await measure([doctor(program, fleet.kubeconfig)], RUNS)
    if (whole === undefined) throw new Error('nothing was measured')
    const ours = withoutInterval(whole)
    const limit = {what: 'wall time', measured: ours.wallSeconds, most: 1.5, unit: ' s'}
    return {name: 'doctor, 1 agent, beyond the interval', peer: '-', ours, theirs: null, limits: [limit]}
  } finally {
    await fleet.close()
  }
}

async function measureManyAgents(program: string, directory: string): Promise<Row> {
  const name = `doctor, ${AGENTS} agents, beyond the interval`
  const peer = 'kubectl logs | grep and\nget --raw .../proxy/metrics | grep\n(in place of port-forward + curl)'
  if ((await onPath('kubectl')) === null) return {name, peer, skipped: 'no kubectl'}
  const fleet = await startFleet(AGENTS, directory)
  try {
    const script = path.join(directory, 'by-hand.sh')
    await writeFile(script, byHand(fleet.namespace))
    const hand: Command = {
      line: ['bash', script, ...fleet.agents.map(({pod}) => pod)],
      env: {...process.env, KUBECONFIG: fleet.kubeconfig, HOME: directory},
    }
    const [whole, theirs] = await measure([doctor(program, fleet.kubeconfig), hand], RUNS)
    if (whole === undefined || theirs === undefined) throw new Error('nothing was measured')
    const ours = withoutInterval(whole)
    const limits = [cpuRatio(ours, theirs, 0.1), wallRatio(ours, theirs, 1 / 3)]
    return {name, peer, ours, theirs: {...theirs, peakMebibytes: null}, limits}
  } finally {
    await fleet.close()
  }
}

/** 0: an agent that delivers; anything else would mean that something else than a healthy fleet is measured. */
const doctor = (program: string, kubeconfig: string): Command => ({
  line: [process.execPath, program, 'doctor', '--kubeconfig', kubeconfig, '--interval', String(INTERVAL_SECONDS)],
})

const withoutInterval = (cost: Cost): Cost => ({...cost, wallSeconds: cost.wallSeconds - INTERVAL_SECONDS})

/**
 * What an on-call person types, agent by agent; one scrape only, though rates would need two. Through the API server's proxy:
 * kubectl port-forward wants SPDY or WebSocket tunnelling of it, which the API server of the lab does not speak.
 */
const byHand = (namespace: string) => `kubectl get pods -n ${namespace} -o wide
for pod in "$@"; do
  kubectl logs -n ${namespace} "$pod" --since=1h | grep -cE '(error|failed|retry)'
  kubectl get --raw "/api/v1/namespaces/${namespace}/pods/$pod:9090/proxy/metrics" | grep prometheus_remote_storage
done
`
