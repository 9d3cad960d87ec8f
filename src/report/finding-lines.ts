/** One finding as lines: what is wrong, what was seen, what it means, what changed, what to do. */
import type {EvidenceLine, RemedyStep} from '../checks/check.ts'
import type {AgentReport, FindingReport, Report} from '../diagnose/report.ts'
import {formatClock, formatClockWithAge} from '../units.ts'
import type {Style} from './style.ts'
import {clean, padEnd, widthOf, wrap} from './text.ts'

const indent = 4
const labelWidth = 10
const widestSource = 30
const widestWhat = 15
/** From here on the source of a measurement has a column of its own. */
const wideColumns = 100

/** `folded`: the findings that this one explains; `also`: findings of the same check elsewhere, which it stands for. */
export function findingLines(
  finding: FindingReport,
  folded: readonly FindingReport[],
  also: readonly FindingReport[],
  report: Report,
  style: Style,
): string[] {
  const body = new Body(style)
  const now = report.takenAt
  body.evidence(finding.evidence, now)
  if (finding.since !== undefined) body.text('since', formatClockWithAge(finding.since, now))
  if (finding.changed) body.text('changed', `${formatClock(finding.changed.at, now)} ${finding.changed.what}`)
  if (finding.why !== '') body.text('means', finding.why)
  body.remedy(finding.remedy)
  // Both ends of a clash have one title.
  const others = also.filter(({title}) => title !== finding.title)
  others.forEach((other, index) => {
    body.text(index === 0 ? 'also' : '', other.title, others.length > 1 ? '- ' : '')
  })
  if (folded.length > 0) body.text('explains', [...new Set(folded.map(({id}) => id))].join(', '))
  body.text('more', `promfleet explain ${finding.id}`)
  return [...headline(finding, style), ...where(finding, report, style), ...body.lines]
}

/** Title alone, for what can wait; `others` are findings of the same check elsewhere. */
export function findingHeadline(finding: FindingReport, others: readonly FindingReport[], style: Style): string[] {
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return headline({...finding, title: `${finding.title}${more}`}, style)
}

function headline({id, severity, status, title}: FindingReport, style: Style): string[] {
  const [first = '', ...more] = wrap(`${id}: ${clean(title)}`, style.columns - 2)
  // What could not be looked at is a question, not a fault that was seen.
  const glyph =
    id.startsWith('access/') || status === 'unknown'
      ? style.paintState('unknown', '?')
      : style.paintSeverity(severity, style.severityGlyph(severity))
  return [`${glyph} ${style.strong(first)}`, ...more.map(line => `  ${style.strong(line)}`)]
}

/** Whom it is about, so far as the title does not say it. */
function where(finding: FindingReport, report: Report, style: Style): string[] {
  const {scope, title} = finding
  const inPod = scope.container === undefined ? '' : `/${scope.container}`
  const words: string[] = []
  if (scope.central !== undefined) {
    if (scope.context !== undefined && !title.includes(scope.context)) words.push(scope.context)
    if (!title.includes(scope.central)) words.push(scope.central)
  } else if (scope.namespace !== undefined) {
    const place = `${scope.context ?? ''} ${scope.namespace}/${scope.pod ?? scope.agent ?? ''}${inPod}`.trim()
    if (!title.includes(place)) words.push(place)
    const queue = scope.queue === undefined ? null : queueOf(finding, report)
    if (queue && !title.includes(queue.url)) words.push(`queue ${queue.name} ${style.arrow} ${queue.url}`)
  } else if (scope.context !== undefined && !title.includes(scope.context)) words.push(scope.context)
  if (words.length === 0) return []
  return wrap(clean(words.join(', ')), style.columns - 2).map(line => `  ${line}`)
}

function queueOf({scope}: FindingReport, report: Report): AgentReport['queues'][number] | null {
  const isAgent = (agent: AgentReport) =>
    agent.context === scope.context &&
    agent.namespace === scope.namespace &&
    agent.pod === (scope.pod ?? '') &&
    (scope.container === undefined || agent.container === scope.container)
  return report.agents.find(isAgent)?.queues.find(({name}) => name === scope.queue) ?? null
}

function sourceOf({source, at}: EvidenceLine, now: string): string {
  return clean([source, at === undefined ? '' : formatClock(at, now)].filter(part => part !== '').join(', '))
}

/** Rows of label and text; the label stands once. */
class Body {
  readonly lines: string[] = []
  private readonly style: Style

  constructor(style: Style) {
    this.style = style
  }

  /** `bullet` stands before the first line, the others are indented as far. */
  text(label: string, text: string, bullet = ''): void {
    wrap(clean(text), this.room() - bullet.length).forEach((line, index) => {
      if (index === 0) this.add(label, `${bullet}${line}`)
      else this.add('', `${' '.repeat(bullet.length)}${line}`)
    })
  }

  evidence(evidence: readonly EvidenceLine[], now: string): void {
    const whatWidth = Math.min(widestWhat, Math.max(0, ...evidence.map(({what}) => widthOf(clean(what)))))
    const sources = evidence.map(line => widthOf(sourceOf(line, now))).filter(width => width <= widestSource)
    const sourceWidth = this.style.columns >= wideColumns ? Math.max(0, ...sources) : 0
    evidence.forEach((line, index) => {
      const isMore = line.what === evidence[index - 1]?.what
      this.measurement(index === 0 ? 'seen' : '', isMore ? {...line, what: ''} : line, now, {
        what: whatWidth,
        source: sourceWidth,
      })
    })
  }

  remedy(steps: readonly RemedyStep[]): void {
    let label = 'do'
    for (const {text, command, changes} of steps) {
      const warning = changes && command !== undefined ? ' (changes the cluster)' : ''
      const colon = command === undefined ? '' : ':'
      this.text(label, `${text}${warning}${colon}`, steps.length > 1 ? '- ' : '')
      // A command is for copying: whatever its length it is not wrapped.
      if (command !== undefined) this.add('', `    ${this.style.strong(clean(command))}`)
      label = ''
    }
  }

  /** `widths` of the columns; a source wider than its column, or without one, stands behind the value. */
  private measurement(label: string, line: EvidenceLine, now: string, widths: {what: number; source: number}): void {
    const {what, value} = line
    const from = sourceOf(line, now)
    const name = padEnd(clean(what), widths.what)
    const room = this.room() - widths.what - 2
    const wide = widths.source > 0 && widthOf(from) <= widths.source
    const values = wide
      ? wrap(clean(value), room - widths.source - 2)
      : wrap(`${clean(value)}${from === '' ? '' : ` [${from}]`}`, room)
    values.forEach((text, index) => {
      const head = index === 0 ? name : ' '.repeat(widths.what)
      const tail = wide && index === 0 ? this.style.faint(from) : ''
      const full = tail === '' ? text : `${padEnd(text, room - widths.source)}${tail}`
      this.add(index === 0 ? label : '', `${head}  ${full}`)
    })
  }

  private add(label: string, text: string): void {
    this.lines.push(`${' '.repeat(indent)}${this.style.faint(padEnd(label, labelWidth))}${text}`.trimEnd())
  }

  private room(): number {
    return this.style.columns - indent - labelWidth
  }
}
