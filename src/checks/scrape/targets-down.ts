import type {TargetsEvidence} from '../../evidence/types.ts'
import {THRESHOLDS, type Thresholds} from '../../facts/thresholds.ts'
import {formatCount, formatNumberOf, formatPercent} from '../../units.ts'
import type {EvidenceLine, Severity} from '../check.ts'
import {defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {readFromAgent} from '../kubectl.ts'
import {missingPiece} from '../missing.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

/** Kinds of errors and examples that are shown; the rest is counted. */
const SHOWN_ERRORS = 3

export default defineCheck({
  id: 'scrape/targets-down',
  title: 'the targets of every agent are up',
  severity: 'error',
  explains: [],
  needs: ['targets'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      const {targets} = agent
      if (targets === null)
        return agent.pod === '' ? 'does-not-apply' : {unknown: missingPiece('its targets', agent.evidence.targets)}
      if (targets.active === 0) return 'does-not-apply'
      if (targets.down === 0) return 'holds'
      const downJobs = targets.pools.filter(pool => pool.active > 0 && pool.down === pool.active).map(pool => pool.name)
      const severity = severityOf(targets, downJobs, facts.thresholds)
      const share = `${formatCount(targets.down)} of ${formatNumberOf(targets.active, 'target')}`
      return {
        severity,
        blame: 'cluster',
        title:
          severity === 'error'
            ? `all ${formatNumberOf(targets.active, 'target')} of ${agentWords(agent)} ${targets.active === 1 ? 'is' : 'are'} down`
            : `${share} of ${agentWords(agent)} ${targets.down === 1 ? 'is' : 'are'} down${downJobs.length > 0 ? `, including all of ${jobsInWords(downJobs)}` : ''}`,
        evidence: [
          {
            what: 'down',
            value: `${share}, ${formatPercent(targets.down / targets.active)} (limit ${formatPercent(facts.thresholds.targetsDownRatio)}, or a whole job)`,
            source: '/api/v1/targets',
          },
          ...errorLines(targets),
        ],
        why:
          severity === 'error'
            ? 'Only their up series (0) arrive at the central; all their other metrics are missing. Remote write itself may be fine.'
            : 'Only their up series (0) arrive at the central; all their other metrics are missing. Remote write is not affected.',
        remedy: [
          {
            text: 'see the error of each target that is down, and fix what it names',
            command: readFromAgent(
              agent,
              '/api/v1/targets?state=active',
              '.data.activeTargets[] | select(.health == "down") | [.scrapePool, .scrapeUrl, .lastError] | @tsv',
            ),
            changes: false,
          },
          {
            text: 'the agent needs no restart: it scrapes a target that answers again at the next interval',
            changes: false,
          },
        ],
      }
    }),
  documentation: `
Targets whose last scrape failed (\`health: down\` at \`/api/v1/targets\`), grouped by the error, most first, with examples. Targets that
have not been scraped yet count as neither up nor down.

**Why it matters.** This is where data goes missing before any sending, and it is invisible in the agent's log: failed scrapes are
logged at level debug only.

**Thresholds.** All targets: error. A whole job, or more than ${THRESHOLDS.targetsDownRatio * 100} % of the targets: warning. Else info.

**What to do.** \`connection refused\`: the exporter is down or listens elsewhere. \`context deadline exceeded\`: it is slower than scrape_timeout.
\`401\`, \`403\`: credentials, or RBAC for the API server's and kubelets' metrics. \`sample limit exceeded\`, \`body size limit exceeded\`:
limits of the job. In many clusters etcd, scheduler and controller-manager bind to localhost and are down forever: remove their
monitors.

**What not to do.** Do not look in the agent's log for it, and do not restart the agent.
`,
})

function severityOf(targets: TargetsEvidence, downJobs: string[], {targetsDownRatio}: Thresholds): Severity {
  if (targets.down === targets.active) return 'error'
  return downJobs.length > 0 || targets.down > targetsDownRatio * targets.active ? 'warning' : 'info'
}

function errorLines({pools}: TargetsEvidence): EvidenceLine[] {
  const byError = new Map<string, {count: number; jobs: Set<string>; examples: string[]}>()
  for (const pool of pools)
    for (const {error, count, examples} of pool.errors) {
      const known = byError.get(error) ?? {count: 0, jobs: new Set<string>(), examples: []}
      known.count += count
      known.jobs.add(pool.name)
      known.examples.push(...examples)
      byError.set(error, known)
    }
  const errors = [...byError].sort(([, a], [, b]) => b.count - a.count)
  const lines = errors.slice(0, SHOWN_ERRORS).map(([error, {count, jobs, examples}]) => ({
    what: formatNumberOf(count, 'target'),
    value: `${excerpt(error === '' ? 'no error given' : error, 200)} (${jobsInWords([...jobs])}${examples[0] === undefined ? '' : `, for example ${excerpt(examples[0], 120)}`})`,
    source: '/api/v1/targets',
  }))
  const rest = errors.slice(SHOWN_ERRORS).reduce((sum, [, {count}]) => sum + count, 0)
  return rest === 0
    ? lines
    : [...lines, {what: formatNumberOf(rest, 'target'), value: 'with other errors', source: '/api/v1/targets'}]
}

function jobsInWords(jobs: string[]): string {
  const named = jobs.length > 3 ? `${jobs.slice(0, 3).join(', ')} and ${jobs.length - 3} more` : listInWords(jobs)
  return `job${jobs.length === 1 ? '' : 's'} ${named}`
}
