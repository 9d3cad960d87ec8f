import {THRESHOLDS} from '../../facts/thresholds.ts'
import {formatNumberOf, formatSeconds, secondsOf, timestampOf} from '../../units.ts'
import {defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {readFromAgent, readLog} from '../kubectl.ts'
import {missingMetrics, missingPiece} from '../missing.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'scrape/stalled',
  title: 'scraped samples get into the WAL',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'targets', 'config'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      if (agent.metrics === null || agent.process === null) return {unknown: missingMetrics(agent)}
      if (agent.targets === null) return {unknown: missingPiece('its targets', agent.evidence.targets)}
      if (agent.targets.active === 0) return 'does-not-apply'
      if (agent.process.young)
        return {unknown: `started ${formatSeconds(agent.process.uptimeSeconds)} ago, too early to say`}
      // The agent's own clock: H is of that clock too.
      const now = agent.window.to === null ? facts.nowSeconds : secondsOf(agent.window.to)
      const newest = agent.highestTimestampSeconds
      const {stalledSeconds, stalledIntervals} = facts.thresholds
      const limit = Math.max(stalledSeconds, stalledIntervals * agent.longestScrapeIntervalSeconds)
      const still = newest === null ? agent.process.uptimeSeconds : now - newest
      if (still <= limit || (agent.samplesIn ?? 0) > 0) return 'holds'
      const since = newest === null ? null : timestampOf(newest)
      return {
        severity: 'error',
        blame: 'agent',
        title: `${agentWords(agent)} has ${formatNumberOf(agent.targets.active, 'target')} but has stored no sample for ${formatSeconds(still)}`,
        ...(since !== null && {since}),
        evidence: [
          {
            what: 'newest sample',
            value:
              newest === null ? 'none since the start' : `${formatSeconds(still)} old (limit ${formatSeconds(limit)})`,
            source: 'prometheus_remote_storage_highest_timestamp_in_seconds',
          },
          {
            what: 'targets',
            value: `${agent.targets.up} up, ${agent.targets.down} down, ${agent.targets.unknown} not scraped yet`,
            source: '/api/v1/targets',
          },
          {
            what: 'WAL writes failed',
            value: `${agent.wal.writesFailed ?? 'not known'}`,
            source: 'prometheus_tsdb_wal_writes_failed_total',
          },
        ],
        why: 'Nothing new is written to the WAL, so nothing new is sent; the queue is idle and looks healthy.',
        remedy: [
          {
            text: 'look for failed commits (disk full, read-only volume)',
            command: readLog(agent, {tail: 100}),
            changes: false,
          },
          {
            text: 'see when each target was last scraped; one that exposes no samples, or only old timestamps, adds nothing',
            command: readFromAgent(
              agent,
              '/api/v1/targets?state=active',
              '.data.activeTargets[] | [.scrapeUrl, .health, .lastScrape, .lastError] | @tsv',
            ),
            changes: false,
          },
        ],
      }
    }),
  documentation: `
The agent has targets, and the newest sample that scraping committed
(\`prometheus_remote_storage_highest_timestamp_in_seconds\`) does not move.

**Why it matters.** Nothing new is sent, and nothing fails on the way out: the queue is idle and looks healthy.

**Threshold.** Older than three scrape intervals, at least ${THRESHOLDS.stalledSeconds} s. A target that exposes timestamps of the future
hides this for as long as they lie ahead.

**What to do.** Look for \`Scrape commit failed\` in the log: a full or read-only disk. Targets that are all down write at least their
\`up\` series, so this is not about them.

**What not to do.** Do not restart it before the disk has room: it may not come up.
`,
})
