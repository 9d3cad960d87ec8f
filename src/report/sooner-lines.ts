/** What the * of LOSS stands for, below a table that has one. */
import type {QueueReport} from '../diagnose/report.ts'
import {formatSeconds} from '../units.ts'
import {soonerSeconds} from './agent-row.ts'
import {wrap} from './text.ts'

/** The shorter clock, which runs if the central is a plain Prometheus. `queues`: those whose loss the table tells. */
export function soonerLines(queues: readonly QueueReport[], columns: number): string[] {
  const spans = queues.flatMap(queue => soonerSeconds(queue) ?? [])
  if (spans.length === 0) return []
  const first = spans.reduce((least, seconds) => Math.min(least, seconds))
  const when = first <= 0 ? 'has begun' : `in ${formatSeconds(first)}`
  const whose = spans.length === 1 ? when : `the first ${when}`
  return wrap(`* ${whose} (1 h after the last delivery) if the central is a plain Prometheus`, columns)
}
