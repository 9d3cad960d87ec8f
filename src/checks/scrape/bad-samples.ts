import type {LogShape} from '../../evidence/types.ts'
import {riseOf} from '../../facts/exposition/counter-rise.ts'
import {parseLogLine} from '../../facts/log/line.ts'
import {recognise} from '../../facts/log/signatures.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatCount, formatSeconds, secondsOf} from '../../units.ts'
import type {RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {readFromAgent} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

/** Counters of scrape/metrics.go with what they mean; exemplars are left out, no sample depends on them. */
const KINDS = [
  {
    counter: 'prometheus_target_scrapes_sample_duplicate_timestamp_total',
    signature: 'scrape-duplicates',
    words: 'a second value at the same time',
    remedy:
      'one series has two values: look for relabelling that takes away what told targets or series apart (labeldrop, a replaced instance), then at the exporter',
  },
  {
    counter: 'prometheus_target_scrapes_sample_out_of_order_total',
    // 2.53 throws them away in the agent's storage (tsdb/agent/db.go) and counts and logs nothing where it scrapes.
    agentCounter: 'prometheus_agent_out_of_order_samples_total',
    signature: 'scrape-out-of-order',
    words: 'timestamps older than before',
    remedy: 'the exporter sets timestamps of its own that go back: mend it, or set honor_timestamps: false for its job',
  },
  {
    counter: 'prometheus_target_scrapes_sample_out_of_bounds_total',
    signature: 'scrape-out-of-bounds',
    words: 'timestamps far from now',
    remedy:
      'the clock of the target is wrong, or it exposes old data: set its clock, or honor_timestamps: false for its job',
  },
] as const

const SHOWN_TARGETS = 3

export default defineCheck({
  id: 'scrape/bad-samples',
  title: 'what targets expose can be stored',
  severity: 'warning',
  explains: [],
  needs: ['metrics', 'two-scrapes', 'log', 'targets'],
  evaluate: facts => judgeAgents(facts, judge),
  documentation: `
Samples of scrapes that are up are thrown away, because they repeat a series with another value, go back in time, or are far from now
(\`prometheus_target_scrapes_sample_{duplicate_timestamp,out_of_order,out_of_bounds}_total\` or
\`prometheus_agent_out_of_order_samples_total\` rising between two scrapes, or a line of the scrape manager within the last minutes). Agents
of 2.42 take a series that one scrape shows twice without a word: there only the receiver's refusal tells.

**Why it matters.** The target is up and its data has holes. When relabelling made two targets one, what is stored is now the one's and
now the other's value.

**Threshold.** Any rise: \`PrometheusDuplicateTimestamps\` and \`PrometheusOutOfOrderTimestamps\` of the Prometheus mixin.

**What to do.** The log names the job and the target. Look at the relabelling of the job first, then at the exporter.

**What not to do.** This is not about the receiver: samples that it refuses are receiver/out-of-order and receiver/duplicate-samples.
`,
})

function judge(agent: AgentFacts): Judgement {
  if (agent.metrics === null) return agent.pod === '' ? 'does-not-apply' : {unknown: missingMetrics(agent)}
  const seen = KINDS.flatMap(kind => {
    const [counter, rise] = risingCounter(agent, kind)
    const lines = freshLines(agent, kind.signature)
    return rise > 0 || lines.length > 0 ? [{...kind, counter, rise, lines}] : []
  })
  if (seen.length === 0) return 'holds'
  const targets = [...new Set(seen.flatMap(({lines}) => lines.flatMap(line => targetOf(line) ?? [])))]
  const jobs = [...new Set(seen.flatMap(({lines}) => lines.flatMap(line => fieldsOf(line).scrape_pool ?? [])))]
  const from =
    jobs.length === 0 ? '' : ` of job${jobs.length === 1 ? '' : 's'} ${listInWords(jobs.slice(0, SHOWN_TARGETS))}`
  const firsts = seen.flatMap(({lines}) => lines.flatMap(({first}) => first ?? [])).sort()
  return {
    severity: 'warning',
    blame: 'cluster',
    title: `targets${from} at ${agentWords(agent)} expose samples with ${listInWords(seen.map(({words}) => words))}, which are thrown away`,
    ...(firsts[0] !== undefined && {since: firsts[0]}),
    evidence: [
      ...seen.map(({rise, words, counter, lines}) => ({
        what: 'thrown away',
        value:
          rise > 0
            ? `${formatCount(rise)} samples in ${formatSeconds(agent.window.secondsBetween)}: ${words}`
            : `${words}, by the log: ${excerpt(lines[0]?.message ?? '')}`,
        source: rise > 0 ? counter : 'log',
      })),
      ...targets.slice(0, SHOWN_TARGETS).map(target => ({what: 'target', value: excerpt(target, 200), source: 'log'})),
    ],
    why: 'The target is up and its data has holes: samples that cannot be stored are left out, the rest of the scrape is taken.',
    remedy: [
      ...seen.map(({remedy}): RemedyStep => ({text: remedy, changes: false})),
      {
        text: 'see the targets with the labels they have after relabelling',
        command: readFromAgent(agent, '/api/v1/targets?state=active'),
        changes: false,
      },
    ],
  }
}

/** The counter that tells, with its rise. Without targets the agent's own counts what others write to it. */
function risingCounter(agent: AgentFacts, kind: (typeof KINDS)[number]): [string, number] {
  const rise = riseOf(agent, kind.counter) ?? 0
  if (rise > 0 || !('agentCounter' in kind)) return [kind.counter, rise]
  const scrapes = agent.evidence.targets.ok && agent.evidence.targets.value.active > 0
  const inStorage = scrapes ? (riseOf(agent, kind.agentCounter) ?? 0) : 0
  return inStorage > 0 ? [kind.agentCounter, inStorage] : [kind.counter, 0]
}

/** Logged at every scrape, so a line is of now when it is no older than two of them. */
function freshLines({log, longestScrapeIntervalSeconds, thresholds}: AgentFacts, signature: string): LogShape[] {
  const end = log.endSeconds
  if (end === null) return []
  const limit = Math.max(thresholds.currentErrorSeconds, 2 * longestScrapeIntervalSeconds)
  return log.shapes.filter(
    shape => shape.last !== null && secondsOf(shape.last) >= end - limit && recognise(shape)?.name === signature,
  )
}

function fieldsOf({sample}: LogShape): Readonly<Record<string, string | undefined>> {
  return parseLogLine(sample).fields
}

function targetOf(line: LogShape): string | null {
  return fieldsOf(line).target ?? null
}
