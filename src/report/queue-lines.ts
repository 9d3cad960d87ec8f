/** Everything that was measured of each queue, one paragraph for each: what the table's figures and the state were read from. */
import type {AgentReport, QueueReport, Report} from '../diagnose/report.ts'
import {
  formatBytes,
  formatClock,
  formatCount,
  formatNumberOf,
  formatPercent,
  formatRate,
  formatSeconds,
  secondsOf,
} from '../units.ts'
import {agentName} from './agent-name.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

/** [] for a report without queues. */
export function queueLines(report: Report, style: Style): string[] {
  const lines = report.agents.flatMap(agent =>
    agent.queues.map(queue => {
      const whose = `${clean(agent.context)} ${agentName(agent, report)}, queue ${clean(queue.name)}`
      return `${whose}: ${lagInWords(queue)}, ${queueInWords(queue, agent, report.takenAt)}`
    }),
  )
  if (lines.length === 0) return []
  return [
    style.faint('queues'),
    ...lines.flatMap(line =>
      wrap(line, style.columns - 4).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`),
    ),
  ]
}

/** What was measured beside the lag, as one sentence without subject. */
export function queueInWords(queue: QueueReport, agent: Pick<AgentReport, 'window'>, now: string): string {
  const {failureRatio, retryRatio, pendingSamples, bytesPerSecond, lastDeliveredAt} = queue
  return [
    ...(lastDeliveredAt === null ? [] : [`delivered up to ${formatClock(lastDeliveredAt, now)}`]),
    `${formatRate(queue.deliveredPerSecond, queue.offeredPerSecond)} samples delivered${ratesOverInWords(queue)}`,
    `${ratioInWords(failureRatio)} refused`,
    `${ratioInWords(retryRatio)} retried`,
    `${pendingSamples === null ? '?' : formatCount(pendingSamples)} pending`,
    shardsInWords(queue),
    segmentsInWords(queue),
    ...(bytesPerSecond === null ? [] : [`${formatBytes(bytesPerSecond)}/s sent`]),
    windowInWords(agent),
  ].join(', ')
}

function ratesOverInWords({ratesOver, ratesSeconds}: QueueReport): string {
  if (ratesOver === 'process-life') return ' (mean since the process started)'
  if (ratesOver === 'short-window') return ' (roughly: over a few scrapes or batches)'
  return ratesSeconds === undefined || ratesSeconds === 0 ? '' : ` (over ${formatSeconds(ratesSeconds)})`
}

const lagSources: Record<string, string> = {
  'nothing-waiting': 'nothing waits',
  'appended-minus-sent': 'newest scraped less newest delivered',
  'pending-over-offered': 'what waits all the time, over what is offered',
  'uptime-lower-bound': 'at least, nothing was delivered since the start',
}

function lagInWords({lagSeconds, lagSource}: QueueReport): string {
  if (lagSeconds === null) return 'lag not known'
  const source = lagSources[lagSource]
  return `lag ${formatSeconds(lagSeconds)}${source === undefined ? '' : ` (${source})`}`
}

function ratioInWords(ratio: number | null): string {
  return ratio === null ? '?' : formatPercent(ratio)
}

function shardsInWords({shards: {current, desired, min, max}}: QueueReport): string {
  if (current === null) return 'shards not known'
  const bounds = min === null || max === null ? '' : `, ${min} to ${max} allowed`
  const wants = desired === null ? '' : `, ${Number(desired.toFixed(1))} wanted`
  return `${formatNumberOf(current, 'shard')} (running${wants}${bounds})`
}

function segmentsInWords({segments: {read, written}}: QueueReport): string {
  if (read === null || written === null) return 'WAL segments not known'
  return `reads WAL segment ${read}, ${written} is written`
}

function windowInWords({window: {from, to, scrapes}}: Pick<AgentReport, 'window'>): string {
  if (from === null || to === null) return 'never scraped'
  return `from ${formatNumberOf(scrapes, 'scrape')} in ${formatSeconds(secondsOf(to) - secondsOf(from))}`
}
