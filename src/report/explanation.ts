/** A check's own documentation for the terminal, and the list of all checks. */
import type {Check, Need} from '../checks/check.ts'
import {createStyle, type Style, type TerminalOptions} from './style.ts'
import {padEnd, widthOf, wrap} from './text.ts'

const mostColumns = 100 // prose is read, not scanned

/** Without a line break at the end. */
export function renderExplanation(check: Check, options: TerminalOptions): string {
  const style = createStyle(options)
  const width = Math.min(mostColumns, style.columns)
  const facts: [string, string][] = [
    ['severity', `${check.severity}${check.id.startsWith('access/') ? ', and never a reason for exit code 1' : ''}`],
    ['reads', check.needs.map(need => needWords[need]).join(', ')],
    ['explains', check.explains.length === 0 ? 'nothing else' : check.explains.join(', ')],
  ]
  const about = facts.flatMap(([label, text]) => {
    return wrap(text, width - 10).map((line, index) => style.faint(padEnd(index === 0 ? label : '', 10)) + line)
  })
  return [
    style.strong(check.id),
    ...wrap(`It should hold that ${check.title}.`, width),
    '',
    ...about,
    '',
    ...renderMarkdown(check.documentation, width, style),
  ].join('\n')
}

const needWords: Record<Need, string> = {
  'api-server': 'the API server',
  pods: 'pod lists',
  'agent-resources': 'PrometheusAgent resources',
  monitors: 'ServiceMonitors, PodMonitors, Probes, and who takes them',
  'pod-status': 'pod status',
  'previous-log': 'log of the previous run',
  central: 'the central, where it was named or found',
  probe: 'a probe (promfleet probe, promfleet doctor --probe)',
  events: 'events',
  claims: 'volume claims',
  transports: 'the ways to the agent',
  ready: '/-/ready',
  metrics: 'metrics',
  'two-scrapes': 'two scrapes',
  config: 'running configuration',
  flags: 'flags',
  targets: 'targets',
  log: 'log',
}

/** Grouped by subject, one line each. */
export function renderCatalogue(checks: readonly Check[], options: TerminalOptions): string {
  const style = createStyle(options)
  const idWidth = Math.max(0, ...checks.map(({id}) => widthOf(id)))
  const subjects = [...new Set(checks.map(({id}) => id.split('/')[0] ?? ''))]
  const blocks = subjects.map(subject => {
    const own = checks.filter(({id}) => id.startsWith(`${subject}/`))
    const lines = own.flatMap(({id, severity, title}) => {
      const head = `  ${padEnd(id, idWidth)}  ${padEnd(severity, 7)}  `
      return wrap(title, Math.max(24, style.columns - head.length)).map(
        (text, index) => (index === 0 ? head : ' '.repeat(head.length)) + text,
      )
    })
    return [style.strong(subject), ...lines].join('\n')
  })
  return [...blocks, style.faint('promfleet explain ID: what is measured, why it matters, what to do')].join('\n\n')
}

/** The little Markdown that checks use: paragraphs, lists, headings, code, emphasis. Code blocks keep their lines. */
function renderMarkdown(markdown: string, width: number, style: Style): string[] {
  const lines: string[] = []
  let paragraph: string[] = []
  let inCode = false
  const flush = () => {
    if (paragraph.length > 0) lines.push(...renderParagraph(paragraph.join(' '), width, style))
    paragraph = []
  }
  for (const line of markdown.trim().split('\n')) {
    if (line.startsWith('```')) {
      flush()
      inCode = !inCode
    } else if (inCode) lines.push(`    ${line}`)
    else if (line.trim() === '') {
      flush()
      lines.push('')
    } else if (/^#+ /.test(line)) {
      flush()
      lines.push(style.strong(line.replace(/^#+ /, '')))
    } else {
      if (/^\s*(?:[-*]|\d+\.) /.test(line)) flush()
      paragraph.push(line.trim())
    }
  }
  flush()
  return lines
}

function renderParagraph(text: string, width: number, style: Style): string[] {
  const bullet = /^(?:[-*]|\d+\.) /.exec(text)?.[0] ?? ''
  const wrapped = wrap(text.slice(bullet.length), width - bullet.length)
  return emphasise(
    wrapped.map((line, index) => (index === 0 ? bullet : ' '.repeat(bullet.length)) + line).join('\n'),
    style,
  ).split('\n')
}

/** After wrapping, since marks may span lines. */
function emphasise(text: string, style: Style): string {
  return text
    .replace(/\*\*([^*]+)\*\*/g, (_, words: string) => style.strong(words))
    .replace(/`([^`]+)`/g, (_, words: string) => style.code(words))
}
