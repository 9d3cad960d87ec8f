import type {Timestamp} from '../../evidence/types.ts'
import {parseDurationSeconds} from '../../facts/duration.ts'
import {reloadStoppingSince} from '../../facts/queue/stopping.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatNumberOf, formatSeconds, secondsOf, timestampOf} from '../../units.ts'
import {type Draft, defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {readFromAgent, readLog} from '../kubectl.ts'
import {missingMetrics, missingPiece} from '../missing.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'scrape/stalled',
  title: 'scraped samples get into the WAL',
  severity: 'error',
  explains: [],
  needs: ['metrics', 'targets', 'config', 'log'],
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
      const stopping = newest === null ? null : heldUpSince(agent, {newest, still, limit})
      return {
        severity: 'error',
        blame: 'agent',
        title: `${agentWords(agent)} has ${formatNumberOf(agent.targets.active, 'target')} but has stored no sample for ${formatSeconds(still)}${stopping === null ? '' : ': a reload is stopping a queue'}`,
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
          ...(stopping === null
            ? []
            : [
                {
                  what: 'log',
                  value: 'Stopping remote storage..., and the reload has not ended',
                  source: 'log',
                  at: stopping,
                },
              ]),
        ],
        ...(stopping === null ? notStored(agent) : waitsForReload(agent)),
      }
    }),
  documentation: `
The agent has targets, and the newest sample that scraping committed
(\`prometheus_remote_storage_highest_timestamp_in_seconds\`) does not move.

**Why it matters.** Nothing new is sent, and nothing fails on the way out: the queue is idle and looks healthy.

**Threshold.** Older than three scrape intervals, at least ${THRESHOLDS.stalledSeconds} s. A target that exposes timestamps of the future
hides this for as long as they lie ahead.

While a reload stops queues that cannot send, 2.53 and 3.5 scrape nothing; 2.42 does. It stops one after another, each of which takes
\`--storage.remote.flush-deadline\` (1 min by default) at most for samples and again for metadata. The log tells it, and it ends by itself;
what lasts longer is something else.

**What to do.** Look for \`Scrape commit failed\` in the log: a full or read-only disk. Targets that are all down write at least their
\`up\` series, so this is not about them.

**What not to do.** Do not restart it before the disk has room: it may not come up.
`,
})

/** When a reload began to stop queues, if scraping stopped then, too, and it may take so long; null: it is something else. All in seconds. */
function heldUpSince(
  agent: AgentFacts,
  {newest, still, limit}: Record<'newest' | 'still' | 'limit', number>,
): Timestamp | null {
  const at = reloadStoppingSince(agent.log)
  if (at === null || Math.abs(secondsOf(at) - newest) > limit) return null
  return still <= 2 * flushDeadlineSeconds(agent) * agent.queues.length + limit ? at : null
}

function flushDeadlineSeconds({evidence: {flags}}: AgentFacts): number {
  const given = flags.ok ? flags.value['storage.remote.flush-deadline'] : undefined
  return (given === undefined ? null : parseDurationSeconds(given)) ?? 60
}

type Words = Pick<Draft, 'why' | 'remedy'>

function notStored(agent: AgentFacts): Words {
  return {
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
}

function waitsForReload(agent: AgentFacts): Words {
  return {
    why: 'A reload has changed a queue that cannot send. Until that is stopped, which takes twice the flush deadline at most for each such queue, nothing is scraped, and that is missing for good.',
    remedy: [
      {
        text: 'wait until the reload has ended: of each queue that it changed it takes --storage.remote.flush-deadline (1 min by default) at most for samples, and again for metadata; then scraping goes on by itself. A restart would save nothing',
        changes: false,
      },
      {
        text: 'see when it ended (Completed loading of configuration file)',
        command: readLog(agent, {tail: 100}),
        changes: false,
      },
      {
        text: 'before the next reload that changes remote_write or external_labels: look whether the queue is level (promfleet doctor)',
        changes: false,
      },
    ],
  }
}
