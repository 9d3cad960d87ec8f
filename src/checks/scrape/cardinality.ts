import {sample, samples} from '../../facts/exposition.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts, FleetFacts} from '../../facts/types.ts'
import {formatBytes, formatCount} from '../../units.ts'
import type {EvidenceLine} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords, listInWords} from '../words.ts'

const SHOWN_JOBS = 3
/** Fewer others do not make a rest of the fleet. */
const LEAST_OTHERS = 2

export default defineCheck({
  id: 'scrape/cardinality',
  title: 'no agent has far more series than its targets account for',
  severity: 'warning',
  explains: [],
  needs: ['metrics', 'targets', 'config'],
  evaluate: facts => judgeAgents(facts, agent => judge(agent, facts)),
  documentation: `
Active series of an agent (\`prometheus_agent_active_series\`; \`prometheus_tsdb_head_series\` of a server): very many, or far more for
each of its targets than the rest of the fleet has.

**Why it matters.** Series cost memory at the agent, whatever relabelling drops later on, and money at the receiver. One label with a
value per request, user or pod hash multiplies them; the first sign is an agent killed for its memory.

**Thresholds.** More than ${formatCount(THRESHOLDS.manySeries)} series; or at least ${formatCount(THRESHOLDS.seriesComparedFrom)} series, and per target ${THRESHOLDS.seriesTimesMedian} times the
median of at least ${LEAST_OTHERS} other agents. Compared per target, since a large cluster is no fault.

**What to do.** Ask the central which job it is: \`topk(10, sum by (job) (scrape_samples_scraped))\`, then
\`topk(10, count by (__name__) ({job="..."}))\`. Drop at the scrape (metricRelabelings), not at write_relabel_configs: what is dropped only
there costs the agent as much as before. Set a \`sample_limit\` for the job.

**What not to do.** Do not only raise the memory limit: growth without a bound reaches any limit.
`,
})

function judge(agent: AgentFacts, facts: FleetFacts): Judgement {
  const series = seriesOf(agent)
  if (series === null) {
    if (agent.pod === '') return 'does-not-apply'
    return {unknown: agent.metrics === null ? missingMetrics(agent) : 'its number of series is not on its /metrics'}
  }
  const own = perTarget(agent)
  const median = medianOfOthers(agent, facts)
  const standsOut =
    series >= THRESHOLDS.seriesComparedFrom &&
    own !== null &&
    median !== null &&
    own >= THRESHOLDS.seriesTimesMedian * median
  if (series <= THRESHOLDS.manySeries && !standsOut) return 'holds'
  const resident = agent.process?.residentBytes ?? null
  return {
    severity: 'warning',
    blame: 'cluster',
    title: standsOut
      ? `${agentWords(agent)} has ${formatCount(own)} series per target, the rest of the fleet ${formatCount(median)}`
      : `${agentWords(agent)} has ${formatCount(series)} active series`,
    evidence: [
      {
        what: 'series',
        value: `${formatCount(series)}${standsOut ? '' : ` (warned above ${formatCount(THRESHOLDS.manySeries)})`}`,
        source: agent.mode === 'server' ? 'prometheus_tsdb_head_series' : 'prometheus_agent_active_series',
      },
      ...(own === null
        ? []
        : [
            {
              what: 'per target',
              value: `${formatCount(own)}${median === null ? '' : `, median of the others ${formatCount(median)}`}${standsOut ? ` (warned from ${THRESHOLDS.seriesTimesMedian} times)` : ''}`,
              source: 'metrics, /api/v1/targets',
            },
          ]),
      ...(resident === null
        ? []
        : [
            {
              what: 'memory',
              value: `${formatBytes(resident)}, ${formatBytes(resident / series)} per series`,
              source: 'process_resident_memory_bytes',
            },
          ]),
      ...jobLines(agent),
    ],
    why: 'Each series costs memory here, whatever is dropped later on, and room at the receiver; growth ends in a kill for want of memory.',
    remedy: [
      {
        text: `ask the central which job it is: ${questionFor(agent)}`,
        changes: false,
      },
      {
        text: `drop what nobody reads at the scrape (metric_relabel_configs, operator: metricRelabelings) in ${settingsOf(agent).configuration}, and set a sample_limit for the job`,
        changes: true,
      },
    ],
  }
}

function seriesOf({metrics, mode}: AgentFacts): number | null {
  if (metrics === null) return null
  return sample(metrics, mode === 'server' ? 'prometheus_tsdb_head_series' : 'prometheus_agent_active_series')
}

function perTarget(agent: AgentFacts): number | null {
  const series = seriesOf(agent)
  const active = agent.targets?.active ?? 0
  return series === null || active === 0 ? null : series / active
}

/** Replicas of the same targets say nothing new. */
function medianOfOthers(agent: AgentFacts, {agents}: FleetFacts): number | null {
  const others = agents
    .filter(other => other.group.key !== agent.group.key && other.mode === agent.mode)
    .flatMap(other => perTarget(other) ?? [])
    .sort((a, b) => a - b)
  if (others.length < LEAST_OTHERS) return null
  const middle = (others.length - 1) / 2
  return ((others[Math.floor(middle)] ?? 0) + (others[Math.ceil(middle)] ?? 0)) / 2
}

/** Label names and values of a job's series; counted since 2.54, and no sample count, but the job at fault is on top. */
function jobLines({metrics}: AgentFacts): EvidenceLine[] {
  if (metrics === null) return []
  const name = 'prometheus_target_scrape_pool_symboltable_items'
  const top = samples(metrics, name)
    .filter(({value}) => value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, SHOWN_JOBS)
    .map(({labels, value}) => `${labels.scrape_job ?? '?'} (${formatCount(value)})`)
  return top.length === 0
    ? []
    : [{what: 'most strings', value: `job${top.length === 1 ? '' : 's'} ${listInWords(top)}`, source: name}]
}

function questionFor({externalLabels}: AgentFacts): string {
  const selector = Object.entries(externalLabels ?? {})
    .slice(0, 1)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return `topk(10, sum by (job) (scrape_samples_scraped${selector.length === 0 ? '' : `{${selector.join('')}}`}))`
}
