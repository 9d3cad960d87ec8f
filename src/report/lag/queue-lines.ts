/** -v: everything that was measured of each queue, and which metric and clock its lag was read from. */
import type {LagReport, LagRow} from '../../diagnose/lag/lag-report.ts'
import type {QueueReport} from '../../diagnose/report.ts'
import {formatBytes, formatSeconds} from '../../units.ts'
import {queueInWords} from '../queue-lines.ts'
import type {Style} from '../style.ts'
import {clean, wrap} from '../text.ts'
import {fullAgentNamer} from './names.ts'

/** [] for a report without queues. */
export function lagQueueLines(report: LagReport, style: Style): string[] {
  const nameOf = fullAgentNamer(report.rows)
  const texts = report.rows.flatMap(row => {
    if (row.queue === null) return []
    const measured = [queueInWords(row.queue, row, report.takenAt), ...networkOf(row)].join(', ')
    // Seen from the central, nothing tells which queue sent the samples of an agent whose own metrics it does not hold.
    const queue = row.queue.name === '' ? '' : `, queue ${clean(row.queue.name)}`
    return [`${nameOf(row)}${queue}: ${lagInWords(row, row.queue)}; ${measured}`]
  })
  if (texts.length === 0) return []
  const lines = texts.flatMap(text =>
    wrap(text, style.columns - 4).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`),
  )
  return [style.faint('queues'), ...lines]
}

function networkOf({bytesPerSample, retriedBytesPerSecond, unreadWalBytes}: LagRow): string[] {
  return [
    ...(bytesPerSample === null ? [] : [`${Number(bytesPerSample.toPrecision(2))} B for each sample`]),
    ...(retriedBytesPerSecond === null || retriedBytesPerSecond === 0
      ? []
      : [`retries cost ${formatBytes(retriedBytesPerSecond)}/s`]),
    ...(unreadWalBytes === null ? [] : [`about ${formatBytes(unreadWalBytes)} of the WAL unread`]),
  ]
}

/** "lag 40 min: newest scraped less newest delivered (…, …), by the agent's clock". */
function lagInWords({lagBasis: {metrics, clock, note}}: LagRow, {lagSeconds}: QueueReport): string {
  const names = metrics.length === 0 ? '' : ` (${metrics.map(clean).join(', ')})`
  const lag = lagSeconds === null ? 'not known' : formatSeconds(lagSeconds)
  return `lag ${lag}: ${clean(note)}${names}${clock === null ? '' : `, by the ${clock}'s clock`}`
}
