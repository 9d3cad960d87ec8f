import {THRESHOLDS} from '../../facts/thresholds.ts'
import {formatPercent, formatSeconds} from '../../units.ts'
import {defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {readFromAgent} from '../kubectl.ts'
import {missingPiece} from '../missing.ts'
import {agentWords, excerpt} from '../words.ts'

const SHOWN_JOBS = 3

export default defineCheck({
  id: 'scrape/too-slow',
  title: 'targets answer well within their scrape_timeout',
  severity: 'warning',
  explains: [],
  needs: ['targets'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      const {targets} = agent
      if (targets === null)
        return agent.pod === '' ? 'does-not-apply' : {unknown: missingPiece('its targets', agent.evidence.targets)}
      if (targets.up === 0) return 'does-not-apply'
      const measured = targets.pools.flatMap(({name, slowest}) => (slowest ? [{name, ...slowest}] : []))
      if (measured.length === 0) return {unknown: 'how long its scrapes take was not recorded'}
      const slow = measured
        .filter(({seconds, timeoutSeconds}) => seconds >= facts.thresholds.slowScrapeRatio * timeoutSeconds)
        .sort((a, b) => b.seconds / b.timeoutSeconds - a.seconds / a.timeoutSeconds)
      const [worst] = slow
      if (!worst) return 'holds'
      return {
        severity: 'warning',
        blame: 'cluster',
        title: `a target of ${agentWords(agent)} (job ${worst.name}) takes ${formatSeconds(worst.seconds)} of its scrape_timeout of ${formatSeconds(worst.timeoutSeconds)}${slow.length > 1 ? `, and so in ${slow.length - 1} more jobs` : ''}`,
        evidence: slow.slice(0, SHOWN_JOBS).map(({name, seconds, timeoutSeconds, target}) => ({
          what: 'slowest',
          value: `job ${name}: ${formatSeconds(seconds)} of ${formatSeconds(timeoutSeconds)} (warned from ${formatPercent(facts.thresholds.slowScrapeRatio)}), ${excerpt(target, 120)}`,
          source: '/api/v1/targets, lastScrapeDuration',
        })),
        why: 'The next slow moment makes it a time-out: then the target is down and none of its metrics arrive.',
        remedy: [
          {
            text: 'see which targets are slow, and whether they expose far more than before or are short of CPU',
            command: readFromAgent(agent, '/api/v1/targets?state=active'),
            changes: false,
          },
          {
            text: 'else give the job a longer scrape_timeout (at most its scrape_interval); a scrape setting does not rebuild the queue',
            changes: true,
          },
        ],
      }
    }),
  documentation: `
The last scrape of a target that is up took most of its \`scrape_timeout\` (\`lastScrapeDuration\` at \`/api/v1/targets\`; per job the
target that came nearest). Targets that are over it are down, with \`context deadline exceeded\`: see scrape/targets-down.

**Why it matters.** A slow target is one busy moment away from a hole in its data, and a job whose targets answer late sends its samples
in lumps.

**Threshold.** ${THRESHOLDS.slowScrapeRatio * 100} % of the time-out.

**What to do.** Look at the exporter: how much it exposes, and whether its container is held back by a CPU limit. Scrape it less often, or
give it more time.

**What not to do.** Do not give the agent more CPU or shards for it: it only waits. (Unless workload/cpu-starved stands beside this.)
`,
})
