import type {LogShape} from '../../evidence/types.ts'
import {sum} from '../../facts/exposition/exposition.ts'
import {recognise} from '../../facts/log/signatures.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {agentDiskFullWithinSeconds} from '../../facts/wal/disk.ts'
import {walClaim} from '../../facts/wal/wal-volume.ts'
import {formatBytes, formatCount, formatSeconds, secondsOf} from '../../units.ts'
import {cautionBefore} from '../caution.ts'
import {defineCheck, type EvidenceLine, type RemedyStep} from '../check.ts'
import {type Found, judgeAgents} from '../judge.ts'
import {kubectlFor} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords, excerpt} from '../words.ts'

/** A line this young is about now: the limit facts use for errors of sending, which are logged once a minute. */
const FRESH_SECONDS = 300

export default defineCheck({
  id: 'workload/disk-full',
  title: 'every agent can write its WAL',
  severity: 'error',
  explains: ['wal/corrupt', 'scrape/stalled'],
  needs: ['metrics', 'two-scrapes', 'log', 'claims', 'flags', 'pod-status'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      if (agent.metrics === null) return {unknown: missingMetrics(agent)}
      const failed = agent.wal.writesFailed
      const before =
        agent.firstMetrics === null ? null : sum(agent.firstMetrics, 'prometheus_tsdb_wal_writes_failed_total')
      const rising = failed !== null && before !== null && failed > before
      const words = fullLine(agent)
      if (!rising && !words) {
        if (failed === null) return {unknown: 'prometheus_tsdb_wal_writes_failed_total is not on its /metrics'}
        return fillingUp(agent) ?? 'holds'
      }
      return {
        severity: 'error',
        blame: 'cluster',
        title: `${agentWords(agent)} cannot write its WAL${words ? ': no space left on its volume' : ''}`,
        ...(words?.first && {since: words.first}),
        evidence: [
          ...(failed === null
            ? []
            : [
                {
                  what: 'failed writes',
                  value: `${formatCount(failed)} since the start${rising ? ', rising' : ''}`,
                  source: 'prometheus_tsdb_wal_writes_failed_total',
                },
              ]),
          ...(words
            ? [
                {
                  what: 'log',
                  value: excerpt(words.error ?? words.sample),
                  source: 'log',
                  ...(words.last !== null && {at: words.last}),
                },
              ]
            : []),
          ...sizeLines(agent),
        ],
        why: 'Scraped samples cannot be stored, so they are lost, although targets stay up, the lag is 0 and no counter of remote write rises.',
        remedy: [...cautionBefore(agent), ...enlarge(agent)],
      }
    }),
  documentation: `
Writes to the WAL fail: \`prometheus_tsdb_wal_writes_failed_total\` rises, or the log says \`no space left on device\` within the last
minutes. Or the WAL, growing as it does, fills its volume claim before the next truncation makes room: an error while a queue is held up, since
then that comes before all else, a warning while all is delivered.

**Why it matters.** This is the quietest loss of all: targets stay up, the lag reads 0, nothing failed on the way out, and what is
scraped is thrown away.

**What to do.** Enlarge the volume claim. When the WAL itself fills it, look at why it grows: the receiver is down (it is truncated
every 2 h whatever was sent), or there are far more series than before.

**What not to do.** Do not delete WAL segments by hand: a hole in the WAL stops the reader for good. And do not restart the agent: with
a full disk it may not come up.
`,
})

function fillingUp(agent: AgentFacts): Found | null {
  const seconds = agentDiskFullWithinSeconds(agent)
  if (seconds === null || seconds > agent.thresholds.lossHorizonSeconds) return null
  const isHeldUp = agent.queues.some(({lossClock}) => lossClock.status !== 'not-needed')
  return {
    severity: isHeldUp ? 'error' : 'warning',
    blame: 'cluster',
    title: `the WAL of ${agentWords(agent)} fills its volume within ${formatSeconds(seconds)}, before it is truncated`,
    evidence: sizeLines(agent),
    why: 'On a full volume scraped samples cannot be stored, so they are lost, although targets stay up and no counter of remote write rises.',
    remedy: [...cautionBefore(agent), ...enlarge(agent)],
  }
}

function sizeLines({evidence, wal}: AgentFacts): EvidenceLine[] {
  const claim = walClaim(evidence)
  const {sizeBytes} = wal
  const source = 'prometheus_tsdb_wal_storage_size_bytes'
  return [
    ...(sizeBytes === null ? [] : [{what: 'WAL', value: formatBytes(sizeBytes), source}]),
    ...(claim === null || claim.capacityBytes === null
      ? []
      : [{what: 'volume', value: `${claim.name}, ${formatBytes(claim.capacityBytes)}`, source: 'volume claims'}]),
  ]
}

function enlarge(agent: AgentFacts): RemedyStep[] {
  return [
    {
      text: 'enlarge the volume claim (most storage classes can do that while it is mounted), or delete other files than the WAL from the volume',
      changes: true,
    },
    {text: 'see the volume claims', command: kubectlFor(agent, 'get', 'pvc', '-o', 'wide'), changes: false},
  ]
}

function fullLine(agent: AgentFacts): LogShape | null {
  const end = agent.log.endSeconds
  if (end === null) return null
  return (
    agent.log.shapes.find(
      shape =>
        shape.last !== null &&
        secondsOf(shape.last) >= end - FRESH_SECONDS &&
        // Not by its words alone: a receiver whose own disk is full answers with the same.
        recognise(shape)?.cause === 'workload/disk-full',
    ) ?? null
  )
}
