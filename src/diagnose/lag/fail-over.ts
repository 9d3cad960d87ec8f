/** How --fail-over judges: which rule applied, and for which row. Pure. */
import type {LagFailOver, LagRow} from './lag-report.ts'

/** Worst first; the first that any row falls under is the verdict. */
const RULES = ['losing', 'silent', 'over', 'unknown', 'none-over'] as const

export function judgeFailOver(rows: readonly LagRow[], seconds: number): LagFailOver {
  const judged = rows.map(row => ({row, rule: ruleOf(row, seconds)}))
  const rule = RULES.find(candidate => judged.some(own => own.rule === candidate))
  if (rule === undefined) return {rule: 'nothing-seen', key: null, queue: null, lagSeconds: null, others: 0}
  const [worst] = judged.filter(own => own.rule === rule).sort((a, b) => lagOf(b.row) - lagOf(a.row))
  const isAlike = (own: (typeof judged)[number]) =>
    rule === 'unknown' || rule === 'none-over' ? own.rule === rule : fails(own.rule)
  return {
    rule,
    key: worst?.row.key ?? null,
    queue: worst?.row.queue?.name || null,
    lagSeconds: worst?.row.queue?.lagSeconds ?? null,
    others: judged.filter(isAlike).length - 1,
  }
}

/**
 * Whether its data is later than that. What is refused or not sent at all never arrives, however small a lag its metrics show: the
 * newest refused sample counts as sent (prometheus/prometheus#10102). Exactly the limit is not over it.
 */
function ruleOf({state, queue}: LagRow, seconds: number): (typeof RULES)[number] {
  if (state === 'losing' || state === 'silent') return state
  if (queue === null || queue.lagSeconds === null) return 'unknown'
  if (queue.lagSeconds > seconds) return 'over'
  return queue.lagSource === 'uptime-lower-bound' ? 'unknown' : 'none-over'
}

function fails(rule: (typeof RULES)[number]): boolean {
  return rule === 'losing' || rule === 'silent' || rule === 'over'
}

function lagOf({queue}: LagRow): number {
  return queue?.lagSeconds ?? -1
}
