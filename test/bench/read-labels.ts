/** What `promfleet labels` works out, by itself: `rules` runs 100,000 series through 30 rules, `agents` looks for clashes among 2,000. */
import type {RelabelConfig} from '../../src/facts/config/config.ts'
import {readClaims, readCollisions, readSent} from '../../src/facts/identity/collisions.ts'
import {simulate} from '../../src/facts/relabel/simulate.ts'
import type {AgentFacts} from '../../src/facts/types.ts'

const [what] = process.argv.slice(2)
if (what === 'rules') console.log(runRules())
else console.log(findClashes())

/** 200 targets with 495 metrics each; names and label values repeat as they do in fleets. */
function runRules(): number {
  const sets = Array.from({length: 200}, (_, index) => {
    const common = {job: `job-${index % 20}`, instance: `10.0.0.${index}:9100`, endpoint: 'http', container: 'app'}
    const labels = {...common, namespace: `team-${index % 30}`, pod: `pod-${index}-x`, service: `service-${index % 40}`}
    return {pool: `job-${index % 20}`, labels}
  })
  const families = Array.from({length: 495}, (_, index) => {
    return {name: `node_metric_${index}_total`, type: 'counter', targets: 10}
  })
  const jobs = Array.from({length: 20}, (_, index) => ({job: `job-${index}`, targets: 10, families}))
  const result = simulate({
    config: {externalLabels: {cluster: 'eu-1', prometheus: 'monitoring/agent'}, scrapeConfigs: []},
    write: {writeRelabelConfigs: Array.from({length: 5}, (_, index) => sixRules(index)).flat()},
    version: null,
    labelSets: {sets, complete: true},
    families: {jobs, complete: true},
    identityLabels: ['cluster'],
  })
  if (!result.ok || result.simulation.total !== 100_000) throw new Error('not what was to be run')
  return result.simulation.kept
}

function sixRules(index: number): RelabelConfig[] {
  const rule = {
    sourceLabels: ['__name__'],
    separator: ';',
    regex: '(.*)',
    modulus: 0,
    targetLabel: '',
    replacement: '$1',
  }
  return [
    {...rule, regex: `container_blkio_${index}.*|container_memory_failures_.*`, action: 'drop'},
    {...rule, regex: 'up|scrape_.*|kube_.*|node_.*|container_.*|prometheus_.*', action: 'keep'},
    {
      ...{...rule, sourceLabels: ['namespace', 'pod'], regex: '(.*);(.*)-[a-z0-9]+', action: 'replace'},
      ...{targetLabel: `app_${index}`, replacement: '$1/$2'},
    },
    {...rule, sourceLabels: [], targetLabel: `remote_${index}`, replacement: 'eu-1', action: 'replace'},
    {...rule, sourceLabels: [], regex: `tmp_${index}_.*`, action: 'labeldrop'},
    {...rule, sourceLabels: ['cluster'], regex: '^$', action: 'drop'},
  ]
}

/** A hundred pairs that share a label, and a target. */
function findClashes(): number {
  const endpoint = {address: 'https://central.example/api/v1/write', host: 'central.example'}
  const write = {index: 0, endpoint, headerNames: [], writeRelabelConfigs: sixRules(0)}
  const agents = Array.from({length: 2000}, (_, index): AgentFacts => {
    const cluster = `c${index % 1900}`
    const sample = Array.from({length: 64}, (__, target) => ({
      job: 'pods',
      instance: `${target}`,
      hash: `${cluster}-${target}`,
    }))
    const agent = {
      ...{key: `${index}`, context: `${index}`, version: null, queues: [], group: {key: `${index}`, kind: 'single'}},
      ...{
        externalLabels: {cluster, region: 'eu'},
        config: {remoteWrites: [write]},
        targets: {active: 64, labels: {names: [], sample}},
      },
    }
    return agent as unknown as AgentFacts
  })
  const found = readCollisions(
    agents.flatMap(agent => readClaims(agent, readSent(agent))),
    ({context}) => context,
  )
  if (found.length !== 200) throw new Error(`${found.length} in place of 200`)
  return found.length
}
