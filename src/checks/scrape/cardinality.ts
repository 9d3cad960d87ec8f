import {samples} from '../../facts/exposition/exposition.ts'
import {growsSteadily, type SeriesFigures, seriesFigures} from '../../facts/exposition/series.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatBytes, formatCount, formatEstimate, formatSeconds} from '../../units.ts'
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
each of its targets than the rest of the fleet has, or more and more of them.

**Why it matters.** Series cost memory at the agent, whatever relabelling drops later on, and money at the receiver. One label with a
value per request, user or pod hash multiplies them; the first sign is an agent killed for its memory.

**Thresholds.** More than ${formatCount(THRESHOLDS.manySeries)} series; or at least ${formatCount(THRESHOLDS.seriesComparedFrom)} series, and per target ${THRESHOLDS.seriesTimesMedian} times the
median of at least ${LEAST_OTHERS} other agents. Compared per target, since a large cluster is no fault.
From ${formatCount(THRESHOLDS.seriesComparedFrom)} series and ${formatSeconds(THRESHOLDS.seriesGrowthFromSeconds)} of uptime on also: ${THRESHOLDS.seriesTimesScraped} times as many as a round of scrapes brought on average since the
start (they come and go: what ended is kept for hours), or a growth between the two scrapes that, kept up since the start, accounts
for what there is while there is clearly more than on average. One pod that starts between the scrapes does neither.

**What to do.** Ask the central which job it is: \`topk(10, sum by (job) (scrape_samples_scraped))\`, then
\`topk(10, count by (__name__) ({job="..."}))\`. Drop at the scrape (metricRelabelings), not at write_relabel_configs: what is dropped only
there costs the agent as much as before. Set a \`sample_limit\` for the job.

**What not to do.** Do not only raise the memory limit: growth without a bound reaches any limit.
`,
})

function judge(agent: AgentFacts, facts: FleetFacts): Judgement {
  const figures = seriesFigures(agent)
  if (figures === null) {
    if (agent.pod === '') return 'does-not-apply'
    return {unknown: agent.metrics === null ? missingMetrics(agent) : 'its number of series is not on its /metrics'}
  }
  const problem = tooMany(agent, figures, facts) ?? moreAndMore(agent, figures, facts)
  if (problem === null) return 'holds'
  const {active} = figures
  const resident = agent.process?.residentBytes ?? null
  return {
    severity: 'warning',
    blame: 'cluster',
    title: problem.title,
    evidence: [
      {
        what: 'series',
        value: `${formatCount(active)}${problem.limit}`,
        source: agent.mode === 'server' ? 'prometheus_tsdb_head_series' : 'prometheus_agent_active_series',
      },
      ...problem.evidence,
      ...(resident === null
        ? []
        : [
            {
              what: 'memory',
              value: `${formatBytes(resident)}, ${formatBytes(resident / active)} per series`,
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

interface Problem {
  title: string
  /** To stand behind the number of series. */
  limit: string
  evidence: EvidenceLine[]
}

function tooMany(agent: AgentFacts, {active}: SeriesFigures, facts: FleetFacts): Problem | null {
  const {manySeries, seriesComparedFrom, seriesTimesMedian} = facts.thresholds
  const own = perTarget(agent)
  const median = medianOfOthers(agent, facts)
  const standsOut = active >= seriesComparedFrom && own !== null && median !== null && own >= seriesTimesMedian * median
  if (active <= manySeries && !standsOut) return null
  const others = median === null ? '' : `, median of the others ${formatCount(median)}`
  const limit = standsOut ? ` (warned from ${seriesTimesMedian} times)` : ''
  return {
    title: standsOut
      ? `${agentWords(agent)} has ${formatCount(own)} series per target, the rest of the fleet ${formatCount(median)}`
      : `${agentWords(agent)} has ${formatCount(active)} active series`,
    limit: standsOut ? '' : ` (warned above ${formatCount(manySeries)})`,
    evidence:
      own === null
        ? []
        : [
            {
              what: 'per target',
              value: `${formatCount(own)}${others}${limit}`,
              source: 'metrics, /api/v1/targets',
            },
          ],
  }
}

/** Only long after the start: a WAL replay brings back what ended before it, and first scrapes bring all there is. */
function moreAndMore(agent: AgentFacts, figures: SeriesFigures, {thresholds}: FleetFacts): Problem | null {
  const {active, scraped, growthPerSecond} = figures
  const uptime = agent.process?.uptimeSeconds ?? 0
  const {seriesComparedFrom, seriesGrowthFromSeconds, seriesTimesScraped} = thresholds
  if (active < seriesComparedFrom || uptime < seriesGrowthFromSeconds || scraped === null) return null
  const perRound: EvidenceLine = {
    what: 'a round of scrapes',
    value: `${formatEstimate(scraped)} on average since the start`,
    source: 'prometheus_remote_storage_samples_in_total, scrape interval',
  }
  if (active >= seriesTimesScraped * scraped)
    return {
      title: `${agentWords(agent)} tracks ${formatCount(active)} series, ${formatEstimate(active / scraped)} times what its scrapes bring: they come and go, or have multiplied`,
      limit: ` (warned from ${seriesTimesScraped} times)`,
      evidence: [perRound],
    }
  if (growthPerSecond === null || !growsSteadily(figures, uptime)) return null
  return {
    title: `${agentWords(agent)} has ${formatCount(active)} active series and gains some ${formatEstimate(growthPerSecond * 3600)} an hour`,
    limit: '',
    evidence: [
      {
        what: 'growth',
        value: `${formatEstimate(growthPerSecond * 3600)} an hour between the scrapes, which is the pace since the start ${formatSeconds(uptime)} ago`,
        source: 'metrics',
      },
      perRound,
    ],
  }
}

function perTarget(agent: AgentFacts): number | null {
  const figures = seriesFigures(agent)
  const targets = agent.targets?.active ?? 0
  return figures === null || targets === 0 ? null : figures.active / targets
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
