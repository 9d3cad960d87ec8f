/** Agents and their external labels as a table; what is wrong with them stands below each row. */
import Table from 'cli-table3'
import type {LabelledAgent, LabelsReport} from '../../diagnose/labels/labels-report.ts'
import {formatNumberOf, formatPercent} from '../../units.ts'
import {podName} from '../agent-name.ts'
import type {Style} from '../style.ts'
import {clean, cutMiddle, widthOf, wrap} from '../text.ts'

const mostName = 40
const mostIdentity = 30
const leastOthers = 16
const indent = '   '

/** Lines; the columns' heads first. Empty when there is nothing to list. */
export function agentsTable(report: LabelsReport, wide: boolean, style: Style): string[] {
  const {agents, contexts, identityLabels} = report
  if (agents.length === 0) return []
  const hasContext = contexts.length > 1 || wide
  const hasRules = agents.some(({writes}) => writes.some(({rules}) => rules.length > 0))
  const heads = [
    ...['', ...(hasContext ? ['CONTEXT'] : []), 'AGENT'],
    ...identityLabels.map(label => clean(label).toUpperCase()),
    ...(hasRules ? ['KEPT'] : []),
    ...(wide ? ['VERSION'] : []),
    'OTHER EXTERNAL LABELS',
  ]
  const rows = agents.map(agent => [
    glyphOf(agent, report, style),
    ...(hasContext ? [cutMiddle(clean(agent.context), mostName, style.ellipsis)] : []),
    cutMiddle(clean(`${agent.namespace}/${podName(agent, report)}`), mostName, style.ellipsis),
    ...identityLabels.map(label => identityCell(agent, label, style)),
    ...(hasRules ? [keptCell(agent)] : []),
    ...(wide ? [clean(agent.version ?? '')] : []),
  ])
  const widths = heads.map((head, column) => Math.max(widthOf(head), ...rows.map(row => widthOf(row[column] ?? ''))))
  const taken = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const room = wide ? Number.POSITIVE_INFINITY : Math.max(leastOthers, style.columns - taken)
  const table = new Table({
    chars: NO_BORDERS,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 2},
  })
  const full = agents.map((agent, index) => [
    ...(rows[index] ?? []),
    cutMiddle(otherLabels(agent, report), room, style.ellipsis),
  ])
  for (const row of [heads, ...full]) table.push(row)
  const [first = '', ...lines] = table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
  return [
    style.faint(first),
    ...lines.flatMap((line, index) => [
      paint(line, agents[index], report, style),
      ...notesOf(agents[index], report, style),
    ]),
  ]
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
function paint(line: string, agent: LabelledAgent | undefined, report: LabelsReport, style: Style): string {
  if (agent === undefined) return line
  const glyph = glyphOf(agent, report, style)
  return `${style.paintState(standingOf(agent, report), glyph)}${line.slice(glyph.length)}`
}

function identityCell({externalLabels}: LabelledAgent, label: string, style: Style): string {
  if (externalLabels === null) return '?'
  const value = clean(externalLabels[label] ?? '')
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

function otherLabels({externalLabels, problem}: LabelledAgent, {keys}: LabelsReport): string {
  if (externalLabels === null) return clean(problem ?? '')
  const pairs = keys.flatMap(({name, kind}) => {
    const value = externalLabels[name]
    return kind === 'identity' || value === undefined ? [] : [`${name}=${value}`]
  })
  return clean(pairs.join(' '))
}

function notesOf(agent: LabelledAgent | undefined, report: LabelsReport, style: Style): string[] {
  if (agent === undefined) return []
  const nameOf = (key: string) => {
    const other = report.agents.find(own => own.key === key)
    return other === undefined ? key : `${other.context} ${other.namespace}/${podName(other, report)}`
  }
  const [rival] = agent.collidesWith
  const notes = [
    ...(agent.missing.length > 0 ? [`no ${agent.missing.join(' or ')}`] : []),
    ...(rival === undefined
      ? []
      : [
          `same identity as ${nameOf(rival)}${agent.collidesWith.length > 1 ? ' and others' : ''}${agent.collisionIsProven ? ', proven' : ''}`,
        ]),
    ...agent.shadows.map(({label, targets, active, values}) =>
      targets === null || active === null
        ? `${label} is set by its configuration, too`
        : `${label} of ${targets} of ${formatNumberOf(active, 'target')} is their own: ${values.join(', ')}`,
    ),
    ...agent.writes.flatMap(({changed}) =>
      changed.map(({label, to}) =>
        to === null ? `${label} is removed on the way` : `${label} becomes ${to} on the way`,
      ),
    ),
    ...agent.ignored.map(
      ({label, written}) =>
        `${label}=${written} of the PrometheusAgent is ignored: the operator keeps that name for itself`,
    ),
    ...agent.scrapeClasses.map(
      ({name, isDefault, label, replacement}) =>
        `scrape class ${name}${isDefault ? ' (default)' : ''} sets ${label} to ${replacement} on targets`,
    ),
  ]
  return [...new Set(notes)].flatMap(note => {
    const [first = '', ...more] = wrap(clean(note), style.columns - indent.length - 2)
    return [`${indent}- ${first}`, ...more.map(line => `${indent}  ${line}`)]
  })
}
