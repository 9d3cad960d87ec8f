/** What write_relabel_configs do to an agent's data, rule by rule. */
import type {LabelledAgent, LabelledWrite, LabelsReport} from '../../diagnose/labels/labels-report.ts'
import {formatCount, formatNumberOf, formatPercent} from '../../units.ts'
import {agentName} from '../agent-name.ts'
import type {Style} from '../style.ts'
import {clean, cutMiddle, padEnd, widthOf, wrap} from '../text.ts'

/** More queues than this are listed in full with -o wide or -v only. */
const mostQueues = 6
const mostValue = 60
const indent = '  '

export function ruleLines(report: LabelsReport, inFull: boolean, style: Style): string[] {
  const all = report.agents.flatMap(agent =>
    agent.writes.flatMap(write => (write.rules.length === 0 ? [] : [{agent, write}])),
  )
  if (all.length === 0) {
    const writes = report.agents.flatMap(agent => agent.writes)
    return inFull && writes.length > 0
      ? wrap('No queue has write_relabel_configs: what the targets expose is sent as it is.', style.columns)
      : []
  }
  // Agents of one kind have the same rules, with the same effect: one stands for all.
  const groups = new Map<string, typeof all>()
  for (const entry of all) {
    const key = inFull
      ? String(groups.size)
      : JSON.stringify([entry.write.rules, entry.write.simulation, entry.write.notSimulated])
    groups.set(key, [...(groups.get(key) ?? []), entry])
  }
  const shown = [...groups.values()].slice(0, inFull ? groups.size : mostQueues)
  const rest = groups.size - shown.length
  return [
    ...wrap('What write_relabel_configs do, run on what the targets expose:', style.columns),
    ...shown.flatMap(([first, ...others]) =>
      first === undefined ? [] : writeLines(first.agent, first.write, others.length, report, style),
    ),
    ...(rest > 0 ? [`${indent}and ${formatNumberOf(rest, 'queue')} with other rules: -v shows all`] : []),
  ]
}

function writeLines(
  agent: LabelledAgent,
  write: LabelledWrite,
  others: number,
  report: LabelsReport,
  style: Style,
): string[] {
  const also = others === 0 ? '' : ` (and ${formatNumberOf(others, 'more queue')} like it)`
  const queue = write.queue === null ? '' : `, queue ${write.queue}`
  const title = `${agent.context} ${agentName(agent, report)}${queue} ${style.arrow} ${write.address}${also}`
  return [
    ...wrap(clean(title), style.columns - indent.length).map(line => `${indent}${style.strong(line)}`),
    ...sentences(write, style).flatMap(text => wrapped(text, indent.repeat(2), style)),
    ...rulesTable(write, style),
  ]
}

function sentences({simulation, notSimulated, measured}: LabelledWrite, style: Style): string[] {
  const counted =
    measured === null
      ? []
      : [
          `counted since its start: ${formatPercent(Math.min(1, measured.droppedSamples / measured.samples))} of ${formatCount(measured.samples)} samples dropped by these rules`,
        ]
  if (simulation === null) return [`not simulated: ${notSimulated ?? 'there is nothing to run them on'}`, ...counted]
  const {kept, total, dropped, renamed, targets, names, complete, sample = []} = simulation
  const share = total === 0 ? '' : ` (${formatPercent(kept / total)})`
  const change = renamed > 0 ? `, ${formatCount(renamed)} renamed` : ''
  return [
    `${complete ? '' : 'about '}${formatCount(kept)} of ${formatCount(total)} kept${share}, ${formatCount(dropped)} dropped${change}: ${formatNumberOf(names, 'metric name')} of ${formatNumberOf(targets, 'target')}, each name of each target counted once`,
    ...(sample.length > 0 ? [`a sample: run on ${sample.join(', and on ')}`] : []),
    ...simulation.identity.flatMap(effect => identityWords(effect, simulation, style)),
    ...counted,
  ]
}

function identityWords(
  {label, carried, values, droppedWithout}: NonNullable<LabelledWrite['simulation']>['identity'][number],
  {kept, total, dropped}: NonNullable<LabelledWrite['simulation']>,
  style: Style,
): string[] {
  const some = values
    .slice(0, 3)
    .map(value => cutMiddle(clean(value), mostValue, style.ellipsis))
    .join(', ')
  const survives =
    kept === 0
      ? []
      : carried >= kept
        ? [`all that is kept carries ${label} (${some}${values.length > 3 ? ', …' : ''})`]
        : [`${label} is on ${formatCount(carried)} of the ${formatCount(kept)} that are kept`]
  // As much as with it: the targets bring it themselves.
  if (droppedWithout === null || total === 0 || droppedWithout <= dropped) return survives
  const share = droppedWithout / total
  const guard =
    share >= 0.999
      ? `a guard: should the external label ${label} ever be missing, everything is dropped, and no counter but dropped_series tells`
      : `should the external label ${label} ever be missing, ${formatPercent(share)} is dropped`
  return [...survives, guard]
}

function rulesTable({rules}: LabelledWrite, style: Style): string[] {
  const counts = rules.map(({action, dropped}) => {
    if (dropped === null) return ''
    return /^(?:keep|drop)/.test(action) ? `drops ${formatCount(dropped)}` : ''
  })
  const width = Math.max(...counts.map(widthOf))
  return rules.flatMap(({rule, examples, assumes}, index) => {
    const number = `${index + 1}`.padStart(String(rules.length).length)
    const lead = `${indent.repeat(2)}${number}  ${padEnd(counts[index] ?? '', width)}${width > 0 ? '  ' : ''}`
    const room = Math.max(20, style.columns - widthOf(lead))
    const more = [
      ...(examples.length > 0 ? [`such as ${examples.slice(0, 3).join(', ')}`] : []),
      ...(assumes.length > 0 ? [`takes ${assumes.join(', ')} for absent, which series may carry themselves`] : []),
    ]
    const below = ' '.repeat(widthOf(lead))
    return [
      `${lead}${cutMiddle(clean(rule), room, style.ellipsis)}`,
      ...more.flatMap(text => wrap(clean(text), room).map(line => style.faint(`${below}${line}`))),
    ]
  })
}

function wrapped(text: string, lead: string, style: Style): string[] {
  return wrap(clean(text), style.columns - lead.length).map(line => `${lead}${line}`)
}
