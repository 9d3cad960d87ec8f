import {cpuCores, worstInterval} from '../../facts/process/cpu.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatPercent, formatSeconds} from '../../units.ts'
import {cautionBefore} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {lagWords} from '../delivery-figures.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {kubectlFor, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentContainer} from '../pod.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'workload/cpu-starved',
  title: 'every agent has the CPU time that it needs',
  severity: 'warning',
  explains: ['scrape/too-slow'],
  needs: ['metrics', 'two-scrapes', 'pod-status'],
  evaluate: facts => judgeAgents(facts, judge),
  documentation: `
CPU use over the window (\`process_cpu_seconds_total\`) is at the container's limit, and it shows: scrapes come too far apart
(\`prometheus_target_interval_length_seconds\`, 99th percentile of ten minutes), or a queue is late though its receiver takes what it is
sent.

**Why it matters.** A container at its limit is stopped for most of every 100 ms. Scrapes drift, time out and leave holes, and sending
falls behind; all of it looks like slow targets and a slow receiver. Targets that are down for nothing but time-outs stand below this.

**Thresholds.** At least ${THRESHOLDS.limitRatio * 100} % of the limit, and scrapes at ${THRESHOLDS.stretchedIntervals} times their interval or a queue that is late.
High use alone is no finding: a CPU that is used is a CPU well spent.

**What to do.** Raise the CPU limit, or remove it and keep the request; or scrape less (fewer series, longer intervals, more shards).

**What not to do.** A change of limits restarts the pod: not while the agent is behind, unless what that loses is accepted.
`,
})

function judge(agent: AgentFacts): Judgement {
  const pod = agent.evidence.podStatus
  if (pod === null) return agent.pod === '' ? 'does-not-apply' : {unknown: 'the state of its pod was not read'}
  const container = agentContainer(pod)
  const limit = container?.cpuLimitCores ?? null
  // Without a limit nothing holds it back but a full node, which nothing here can tell.
  if (limit === null || limit <= 0) return 'does-not-apply'
  if (agent.metrics === null) return {unknown: missingMetrics(agent)}
  const cores = cpuCores(agent)
  if (cores === null) return {unknown: 'CPU use takes two scrapes of one process'}
  if (cores < agent.thresholds.limitRatio * limit) return 'holds'
  const interval = worstInterval(agent)
  const isStretched =
    interval !== null && interval.actualSeconds >= agent.thresholds.stretchedIntervals * interval.askedSeconds
  // What is held up by its receiver is not held up by the CPU.
  const late = agent.queues.filter(queue => queue.late && !queue.blocked && !queue.errors.some(error => error.current))
  if (!isStretched && late.length === 0) return 'holds'
  const settings = settingsOf(agent)
  const [first] = late
  const consequence = isStretched
    ? `its scrapes come up to ${formatSeconds(interval.actualSeconds)} apart instead of ${formatSeconds(interval.askedSeconds)}`
    : 'it falls behind'
  return {
    severity: 'warning',
    blame: 'agent',
    title: `${agentWords(agent)} is at its CPU limit of ${coresInWords(limit)}, and ${consequence}`,
    evidence: [
      {
        what: 'CPU',
        value: `${coresInWords(cores)}, ${formatPercent(cores / limit)} of the limit (warned from ${formatPercent(agent.thresholds.limitRatio)})`,
        source: 'process_cpu_seconds_total, two scrapes; pod spec',
      },
      ...(interval === null
        ? []
        : [
            {
              what: 'scrapes',
              value: `up to ${formatSeconds(interval.actualSeconds)} apart, asked for every ${formatSeconds(interval.askedSeconds)} (limit ${agent.thresholds.stretchedIntervals} times)`,
              source: 'prometheus_target_interval_length_seconds, 99th percentile',
            },
          ]),
      ...(first ? [{what: 'lag', value: `${lagWords(first)} on queue ${first.name}`, source: 'metrics'}] : []),
    ],
    why: 'A container at its limit is stopped for most of every 100 ms: scrapes drift and time out, and sending falls behind.',
    remedy: [
      ...cautionBefore(agent),
      {
        text: `raise the CPU limit in ${settings.kept}, or remove it and keep the request; this restarts the pod`,
        changes: true,
      },
      {text: 'see what is set', command: settings.show, changes: false},
      {
        text: 'see what the container uses (needs metrics-server)',
        command: kubectlFor(agent, 'top', 'pod', agent.pod, '--containers'),
        changes: false,
      },
    ],
    explains: [
      'scrape/too-slow',
      ...(isStretched && isDownForTimeOnly(agent) ? ['scrape/targets-down'] : []),
      ...(late.length === 0 ? [] : ['delivery/shards-at-max', 'delivery/behind', 'delivery/loss-ahead']),
    ],
  }
}

/** Every target that is down is down because its scrape took too long: who is stopped most of the time cannot read either. */
function isDownForTimeOnly({targets}: AgentFacts): boolean {
  const errors = targets?.pools.flatMap(pool => pool.errors) ?? []
  return errors.length > 0 && errors.every(({error}) => /context deadline exceeded/i.test(error))
}

/** `0.25 cores`, `2 cores`. */
function coresInWords(cores: number): string {
  return `${Number(cores.toFixed(cores < 1 ? 2 : 1))} ${cores === 1 ? 'core' : 'cores'}`
}
