/** Agents and their external labels as a table; what is wrong with them stands below each row. */
import Table from 'cli-table3'
import type {LabelledAgent, LabelsReport} from '../../diagnose/labels/labels-report.ts'
import {formatNumberOf, formatPercent} from '../../units.ts'
import {podName} from '../agent-name.ts'
import type {Style} from '../style.ts'
import {clean, cutMiddle, widthOf, wrap} from '../text.ts'

const mostName = 40
const leastName = 20
const mostIdentity = 30
/** Also where there is room for any: a value may have any length. */
const mostPair = 120
const mostValue = 60
/** With less room than this for them, the other labels stand below each row. */
const leastOthers = 24
const indent = '   '

/** Lines; the columns' heads first. Empty when there is nothing to list. */
export function agentsTable(report: LabelsReport, wide: boolean, style: Style): string[] {
  const {agents, contexts, identityLabels} = report
  if (agents.length === 0) return []
  const hasContext = contexts.length > 1 || wide
  const hasRules = agents.some(({writes}) => writes.some(({rules}) => rules.length > 0))
  const names: Column[] = [
    ...(hasContext ? [{head: 'CONTEXT', cells: agents.map(({context}) => clean(context))}] : []),
    {head: 'AGENT', cells: agents.map(agent => clean(`${agent.namespace}/${podName(agent, report)}`))},
  ]
  const figures: Column[] = [
    ...identityLabels.map(label => ({
      head: clean(label).toUpperCase(),
      cells: agents.map(agent => identityCell(agent, label, style)),
    })),
    ...(hasRules ? [{head: 'KEPT', cells: agents.map(keptCell)}] : []),
    ...(wide ? [{head: 'VERSION', cells: agents.map(({version}) => clean(version ?? ''))}] : []),
  ]
  const glyphs = {head: '', cells: agents.map(agent => glyphOf(agent, report, style))}
  const taken = (columns: readonly Column[]) => columns.reduce((sum, column) => sum + widthOfColumn(column) + 2, 0)
  const cut = names.map(column => cutTo(column, mostName, style))
  const room = wide ? Number.POSITIVE_INFINITY : style.columns - taken([glyphs, ...cut, ...figures])
  const isBelow = room < leastOthers
  const columns = isBelow
    ? [glyphs, ...fitInto(cut, style.columns + 2 - taken([glyphs, ...figures]), style), ...figures]
    : [glyphs, ...cut, ...figures, {head: 'OTHER EXTERNAL LABELS', cells: agents.map(agent => others(agent, room))}]
  function others(agent: LabelledAgent, width: number): string {
    return otherLabels(agent, report, width, style)
  }
  const table = new Table({
    chars: NO_BORDERS,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 2},
  })
  table.push(columns.map(({head}) => head))
  agents.forEach((_, index) => {
    table.push(columns.map(({cells}) => cells[index] ?? ''))
  })
  const [first = '', ...lines] = table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
  return [
    style.faint(first),
    ...lines.flatMap((line, index) => {
      const agent = agents[index]
      if (agent === undefined) return [line]
      const below = isBelow ? others(agent, style.columns - indent.length) : ''
      return [
        paint(line, agent, report, style),
        ...(below === '' ? [] : [style.faint(`${indent}${below}`)]),
        ...notesOf(agent, report, style),
      ]
    }),
  ]
}

interface Column {
  head: string
  /** One for each agent. */
  cells: string[]
}

function widthOfColumn({head, cells}: Column): number {
  return Math.max(widthOf(head), ...cells.map(widthOf))
}

function cutTo({head, cells}: Column, width: number, style: Style): Column {
  return {head, cells: cells.map(cell => cutMiddle(cell, width, style.ellipsis))}
}

/** The last of them, which is the longest as a rule, gives first. */
function fitInto(columns: readonly Column[], width: number, style: Style): Column[] {
  const fitted = [...columns]
  for (const [index, column] of [...columns.entries()].reverse()) {
    const rest = fitted.reduce((sum, other) => sum + (other === column ? 0 : widthOfColumn(other) + 2), 0)
    fitted[index] = cutTo(column, Math.max(leastName, width - rest - 2), style)
  }
  return fitted
}

const NO_BORDERS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left']
    .concat(['left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map(name => [name, '']),
)

type Standing = 'losing' | 'behind' | 'unknown' | 'delivering'

/** How its labels stand, in the colours and glyphs of states: the gravest finding that is about it. */
function standingOf(agent: LabelledAgent, {findings}: LabelsReport): Standing {
  const own = findings.filter(({agents, cause}) => cause && agents.includes(agent.key)).map(({severity}) => severity)
  if (own.includes('error')) return 'losing'
  if (own.includes('warning')) return 'behind'
  return agent.problem === null ? 'delivering' : 'unknown'
}

function glyphOf(agent: LabelledAgent, report: LabelsReport, style: Style): string {
  return style.stateGlyph(standingOf(agent, report))
}

/** Colour after the layout, which counts cells: the glyph is what a line begins with. */
function paint(line: string, agent: LabelledAgent, report: LabelsReport, style: Style): string {
  const glyph = glyphOf(agent, report, style)
  return `${style.paintState(standingOf(agent, report), glyph)}${line.slice(glyph.length)}`
}

/** The external label, else what the rules of all its queues set for everything that is sent. */
function identityCell({externalLabels, writes}: LabelledAgent, label: string, style: Style): string {
  if (externalLabels === null) return '?'
  const [sent = '', ...others] = new Set(writes.map(write => write.sent[label] ?? ''))
  const value = clean(externalLabels[label] ?? (others.length === 0 ? sent : ''))
  return value === '' ? '-' : cutMiddle(value, mostIdentity, style.ellipsis)
}

/** Of the metrics that its targets expose, what the write_relabel_configs of each queue let pass. */
function keptCell({writes}: LabelledAgent): string {
  const shares = writes.map(({rules, simulation, measured}) => {
    if (rules.length === 0) return '100 %'
    if (simulation !== null && simulation.total > 0) return formatPercent(simulation.kept / simulation.total)
    if (measured === null) return '?'
    return formatPercent(Math.max(0, 1 - measured.droppedSamples / measured.samples))
  })
  return [...new Set(shares)].join(', ')
}

/** Whole pairs as far as they fit, and how many more there are. */
function otherLabels(
  {externalLabels, problem}: LabelledAgent,
  {keys}: LabelsReport,
  room: number,
  style: Style,
): string {
  if (externalLabels === null) return cutMiddle(clean(problem ?? ''), room, style.ellipsis)
  const pairs = keys.flatMap(({name, kind}) => {
    const value = externalLabels[name]
    return kind === 'identity' || value === undefined
      ? []
      : [cutMiddle(clean(`${name}=${value}`), mostPair, style.ellipsis)]
  })
  const all = pairs.join(' ')
  if (widthOf(all) <= room) return all
  for (let shown = pairs.length - 1; shown > 0; shown -= 1) {
    const text = `${pairs.slice(0, shown).join(' ')} +${pairs.length - shown}`
    if (widthOf(text) <= room) return text
  }
  const more = pairs.length > 1 ? ` +${pairs.length - 1}` : ''
  return `${cutMiddle(pairs[0] ?? '', room - more.length, style.ellipsis)}${more}`
}

function missingNotes({missing, externalLabels}: LabelledAgent): string[] {
  const variables = missing.filter(label => (externalLabels?.[label] ?? '') !== '')
  if (variables.length > 0) return variables.map(label => `${label} is a variable that nothing replaced`)
  return missing.length > 0 ? [`no ${missing.join(' or ')}`] : []
}

function notesOf(agent: LabelledAgent, report: LabelsReport, style: Style): string[] {
  const nameOf = (key: string) => {
    const other = report.agents.find(own => own.key === key)
    return other === undefined ? key : `${other.context} ${other.namespace}/${podName(other, report)}`
  }
  const [rival] = agent.collidesWith
  const short = (value: string) => cutMiddle(clean(value), mostValue, style.ellipsis)
  const notes = [
    ...(agent.externalLabels === null || agent.problem === null ? [] : [agent.problem]),
    ...missingNotes(agent),
    ...(rival === undefined
      ? []
      : [
          `same identity as ${nameOf(rival)}${agent.collidesWith.length > 1 ? ' and others' : ''}${agent.collisionIsProven ? ', proven' : ''}`,
        ]),
    ...agent.shadows.map(({label, targets, active, values}) =>
      targets === null || active === null
        ? `${label} is set by its configuration, too`
        : `${label} of ${targets} of ${formatNumberOf(active, 'target')} is their own: ${values.map(short).join(', ')}`,
    ),
    ...agent.writes.flatMap(({changed}) =>
      changed.map(({label, to}) =>
        to === null ? `${label} is removed on the way` : `${label} becomes ${short(to)} on the way`,
      ),
    ),
    ...agent.ignored.map(
      ({label, written}) =>
        `${label}=${short(written)} of the PrometheusAgent is ignored: the operator keeps that name for itself`,
    ),
    ...agent.scrapeClasses.map(
      ({name, isDefault, label, replacement, on = 'targets'}) =>
        `scrape class ${name}${isDefault ? ' (default)' : ''} sets ${label} to ${short(replacement)} on ${on}`,
    ),
  ]
  return [...new Set(notes)].flatMap(note => {
    const [first = '', ...more] = wrap(clean(note), style.columns - indent.length - 2)
    return [`${indent}- ${first}`, ...more.map(line => `${indent}  ${line}`)]
  })
}
