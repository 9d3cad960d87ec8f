import type {TargetsEvidence} from '../../evidence/types.ts'
import {riseOf} from '../../facts/exposition/counter-rise.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatCount, formatNumberOf, formatSeconds} from '../../units.ts'
import type {EvidenceLine} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {readFromAgent, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

/** What a target's lastError says (scrape/scrape.go): `sample limit exceeded`, `target_limit exceeded (...)`. */
const LIMIT_ERROR = /\b(?:sample|body size|bucket) limit exceeded|_limit exceeded/i

/** Counters of scrape/metrics.go, and the setting of the job that each stands for. */
const COUNTERS = {
  prometheus_target_scrapes_exceeded_sample_limit_total: 'sample_limit',
  prometheus_target_scrapes_exceeded_body_size_limit_total: 'body_size_limit',
  prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total: 'native_histogram_bucket_limit',
  prometheus_target_scrape_pool_exceeded_target_limit_total: 'target_limit',
  prometheus_target_scrape_pool_exceeded_label_limits_total: 'label_limit and its kin',
} as const

const SHOWN_JOBS = 3

export default defineCheck({
  id: 'scrape/limit-exceeded',
  title: 'every scrape keeps within the limits of its job',
  severity: 'error',
  explains: ['scrape/bad-samples'],
  needs: ['targets', 'metrics', 'two-scrapes', 'config'],
  evaluate: facts => judgeAgents(facts, judge),
  documentation: `
A target exceeds a limit of its job (\`sample_limit\`, \`body_size_limit\`, \`target_limit\`, \`label_limit\`,
\`native_histogram_bucket_limit\`): its last error says so, or the counter of that limit rises between two scrapes.

**Why it matters.** A limit throws away the whole scrape, not only what is too much: the target counts as down, and none of its
metrics arrive. \`target_limit\` does that to all targets of the job. It is in no log.

**Severity.** A warning; an error when all of an agent's targets, or all scrapes between the two looks, are refused for it.

**What to do.** Find out what grew (a label with too many values, mostly), and drop it at the exporter. metricRelabelings do help against
\`sample_limit\`, which counts what is left after them, but not against \`body_size_limit\`. Raise the limit where the growth is meant.

**What not to do.** Do not take the limit away: it is what keeps one exporter from filling the memory of the agent.
`,
})

function judge(agent: AgentFacts): Judgement {
  const {targets} = agent
  if (targets === null && agent.metrics === null)
    return agent.pod === '' ? 'does-not-apply' : {unknown: missingMetrics(agent)}
  const refused = targets === null ? [] : refusedPools(targets)
  const rises = Object.entries(COUNTERS).flatMap(([name, setting]) => {
    const rise = riseOf(agent, name) ?? 0
    return rise > 0 ? [{name, setting, rise}] : []
  })
  const count = refused.reduce((sum, pool) => sum + pool.count, 0)
  if (count === 0 && rises.length === 0) return 'holds'
  const isAll =
    targets !== null && ((count > 0 && count === targets.active) || isEveryOtherScrape(agent, targets, rises))
  const limits = [...new Set([...refused.map(({error}) => error), ...rises.map(({setting}) => setting)])]
  const jobs = listInWords(refused.slice(0, SHOWN_JOBS).map(({name}) => name))
  const {configuration, showConfiguration: show} = settingsOf(agent)
  return {
    severity: isAll ? 'error' : 'warning',
    blame: 'cluster',
    title:
      count === 0
        ? `${isAll ? 'all ' : ''}scrapes of ${agentWords(agent)} exceed ${listInWords(limits)} and are thrown away`
        : `${isAll && count > 1 ? 'all ' : ''}${formatNumberOf(count, 'target')} of ${agentWords(agent)} (job ${jobs}) ${count === 1 ? 'exceeds a limit' : 'exceed a limit'}: none of ${count === 1 ? 'its' : 'their'} metrics are taken`,
    evidence: [
      ...refused.slice(0, SHOWN_JOBS).map(
        ({name, count: targetCount, error, example}): EvidenceLine => ({
          what: 'refused',
          value: `${formatNumberOf(targetCount, 'target')} of job ${name}: ${excerpt(error, 200)}${example === undefined ? '' : `, for example ${excerpt(example, 120)}`}`,
          source: '/api/v1/targets',
        }),
      ),
      ...rises.map(({name, setting, rise}) => ({
        what: setting,
        value: `exceeded ${formatCount(rise)} times in ${formatSeconds(agent.window.secondsBetween)}`,
        source: name,
      })),
      ...limitLines(agent, refused),
    ],
    why: 'A limit throws away the whole scrape, not only what is too much; the target counts as down. Sending is not concerned.',
    remedy: [
      {
        text: 'find what grew in the answer of the target, mostly one label with too many values, and drop it there',
        command: readFromAgent(agent, '/api/v1/targets?state=active'),
        changes: false,
      },
      {
        text: `or raise the limit of the job in ${configuration}; a scrape setting does not rebuild the queue`,
        changes: true,
      },
      {text: 'see what is set', command: show, changes: false},
    ],
    // Other errors would be hidden under it.
    explains:
      targets !== null && count === targets.down
        ? ['scrape/targets-down', 'scrape/bad-samples']
        : ['scrape/bad-samples'],
  }
}

/**
 * Half of all scrapes. Since 2.52 a scrape after a refused one finds the series of that in its cache, takes all for duplicates and
 * counts as up, with next to nothing taken in (scrape/scrape.go): whether the target is up then depends on when one looks.
 */
function isEveryOtherScrape(agent: AgentFacts, {pools}: TargetsEvidence, rises: readonly {rise: number}[]): boolean {
  const scrapes = pools.reduce(
    (sum, {active, intervalSeconds}) =>
      intervalSeconds === null ? sum : sum + (active * agent.window.secondsBetween) / intervalSeconds,
    0,
  )
  const thrownAway = rises.reduce((sum, {rise}) => sum + rise, 0)
  return thrownAway > 1 && 2 * thrownAway + 1 >= scrapes
}

interface RefusedPool {
  name: string
  count: number
  error: string
  example: string | undefined
}

function refusedPools({pools}: TargetsEvidence): RefusedPool[] {
  return pools
    .flatMap(({name, errors}) =>
      errors
        .filter(({error}) => LIMIT_ERROR.test(error))
        .map(({error, count, examples}) => ({name, count, error, example: examples[0]})),
    )
    .sort((a, b) => b.count - a.count)
}

function limitLines({config}: AgentFacts, refused: readonly RefusedPool[]): EvidenceLine[] {
  return refused.slice(0, SHOWN_JOBS).flatMap(({name}) => {
    const job = config?.scrapeConfigs.find(({jobName}) => jobName === name)
    const set = [
      job && job.sampleLimit > 0 ? `sample_limit ${formatCount(job.sampleLimit)}` : null,
      job && job.targetLimit > 0 ? `target_limit ${formatCount(job.targetLimit)}` : null,
      job && job.bodySizeLimitBytes > 0 ? `body_size_limit ${formatCount(job.bodySizeLimitBytes)} bytes` : null,
    ].filter(words => words !== null)
    return set.length === 0
      ? []
      : [{what: 'limits', value: `job ${name}: ${set.join(', ')}`, source: 'running configuration'}]
  })
}
