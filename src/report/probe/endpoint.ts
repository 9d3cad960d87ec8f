/** One endpoint: who gets how far from where, as a table and in words, whom to believe, and what to do. */
import type {CanaryOutcome, EndpointProbe, ProbeView} from '../../diagnose/probe/endpoint-probe.ts'
import type {LayerFacts, ProbeLayer} from '../../facts/probe/layers.ts'
import {formatNumberOf, formatSeconds} from '../../units.ts'
import type {Style, TerminalOptions} from '../style.ts'
import {clean, cutMiddle, padEnd, widthOf, wrap} from '../text.ts'
import {canaryWords} from './canary-words.ts'
import {storedLines} from './stored.ts'

export interface EndpointOptions extends TerminalOptions {
  /** Without what to do where the way is broken: below a report whose causes say so. */
  brief?: boolean
  /** Some central is known, if not of this endpoint. */
  hasCentral?: boolean
}

const COLUMNS: readonly {layer: ProbeLayer; title: string}[] = [
  {layer: 'dns', title: 'DNS'},
  {layer: 'tcp', title: 'TCP'},
  {layer: 'proxy', title: 'PROXY'},
  {layer: 'tls', title: 'TLS'},
  {layer: 'http', title: 'HTTP'},
  {layer: 'authentication', title: 'AUTH'},
  {layer: 'receiver', title: 'RECEIVER'},
  {layer: 'accept', title: 'ACCEPTS'},
]
const mostPlace = 36
const mostAgents = 3
const mostCanaries = 3
const leastPlace = 14
const indent = '   '
const gap = '  '
const labelWidth = 10

/** The states of queues stand for the outcomes, so that colours mean the same everywhere. */
const STATES = {works: 'delivering', fails: 'losing', unknown: 'unknown', 'not-tried': 'unknown'} as const
const VERDICTS = {works: 'delivering', broken: 'losing', unknown: 'unknown'} as const

export function endpointLines(endpoint: EndpointProbe, options: EndpointOptions, style: Style): string[] {
  const {verbose = false, wide = false, brief = false} = options
  const {verdict, address} = endpoint
  const views = verbose || wide ? endpoint.views : fewest(endpoint.views)
  const rest = endpoint.views.length - views.length
  const glyph = style.paintState(VERDICTS[verdict.outcome], style.stateGlyph(VERDICTS[verdict.outcome]))
  return [
    ...wrap(`${clean(address)}: ${clean(verdict.title)}`, style.columns - 2).map(
      (line, index) => `${index === 0 ? glyph : ' '} ${style.strong(line)}`,
    ),
    ...matrix(views, style),
    ...(rest > 0 ? [`${indent}and ${formatNumberOf(rest, 'more agent')} (-v shows them)`] : []),
    ...[
      ...views
        .filter(({says, from}) => says !== '' && !(brief && from === 'agent'))
        .flatMap(view => answerLines(view, endpoint.views, verbose)),
      ...(verbose ? views.flatMap(measurements) : []),
      ...storedLines(endpoint, options),
      ...canaries(endpoint, verbose),
      ...[...new Set(views.flatMap(({notes}) => notes))].map(note => ['note', note] as const),
      ...(verdict.outcome === 'works' && !verbose ? [] : policies(endpoint)),
      ...(verdict.why === '' ? [] : [['believe', verdict.why] as const]),
      ...(brief && verdict.outcome === 'broken' ? [] : verdict.next.map(step => ['do', step] as const)),
    ].flatMap(([label, text]) => (label === 'do' ? stepLines(text, style) : labelled(label, text, style))),
  ]
}

/** A command stands on a line of its own, whole: it is there to be pasted. */
function stepLines(step: string, style: Style): string[] {
  const [, text, command] = /^(.*?:) (promfleet .*)$/.exec(step) ?? []
  if (text === undefined || command === undefined) return labelled('do', step, style)
  return [...labelled('do', text, style), `${' '.repeat(indent.length + labelWidth)}${clean(command)}`]
}

function labelled(label: string, text: string, style: Style): string[] {
  return wrap(clean(text), style.columns - indent.length - labelWidth).map(
    (line, index) => `${indent}${padEnd(index === 0 ? label : '', labelWidth)}${line}`,
  )
}

function measurements({from, place, measured, layers}: ProbeView): (readonly [string, string])[] {
  return [
    ...measured.map(({what, value}) => ['measured', `${place}: ${what} ${value}`] as const),
    ...layers
      .filter(({says}) => says !== '')
      .map((own, index) => [index === 0 ? from : '', `${own.layer}: ${own.says}${timeWords(own)}`] as const),
  ]
}

/** One for each agent: what a receiver said of it first, and those that were not even written in one line for each reason. */
function canaries({canaries: own = []}: EndpointProbe, verbose: boolean): (readonly [string, string])[] {
  const sorted = [...own].sort((a, b) => CANARY_ORDER.indexOf(a.outcome) - CANARY_ORDER.indexOf(b.outcome))
  const isFold = (canary: Canary) =>
    !verbose && canary.outcome === 'not-written' && own.filter(({problem}) => problem === canary.problem).length > 1
  const folds = [...new Set(sorted.filter(isFold).map(({problem}) => problem))]
  const single = sorted.filter(canary => !isFold(canary))
  const shown = verbose ? single : single.slice(0, mostCanaries)
  const rest = single.slice(shown.length)
  const unproven = canaryWords(rest)
  return [
    ...shown.map(({agent, central, writeSeconds, visibleAfterSeconds, problem}) => {
      const stored = `written in ${formatSeconds(writeSeconds ?? 0)}, shown by ${central} ${formatSeconds(visibleAfterSeconds ?? 0)} later`
      return ['canary', `${agent}: ${problem ?? stored}`] as const
    }),
    ...(rest.length > 0
      ? [
          [
            '',
            `and ${formatNumberOf(rest.length, 'more agent')}${unproven.map(words => `, ${words}`).join('')} (-v shows them)`,
          ] as const,
        ]
      : []),
    ...folds.map(problem => {
      const agents = own.filter(canary => canary.problem === problem).length
      return ['canary', `${formatNumberOf(agents, 'agent')} (-v names them): ${problem}`] as const
    }),
  ]
}

type Canary = NonNullable<EndpointProbe['canaries']>[number]

const CANARY_ORDER: readonly CanaryOutcome[] = ['refused', 'not-taken', 'unknown', 'not-written', 'stored']

function policies({networkPolicies}: EndpointProbe): (readonly [string, string])[] {
  return networkPolicies.flatMap(({agent, names, unread}): [string, string][] => {
    if (names.length > 0)
      return [['policies', `NetworkPolicies select ${agent}: ${names.join(', ')}; what they allow is not worked out`]]
    return unread === null ? [] : [['policies', `whether NetworkPolicies select ${agent} is not known: ${unread}`]]
  })
}

/** Agents that say the same of the same layer are not all shown. */
function fewest(views: readonly ProbeView[]): readonly ProbeView[] {
  const agents = views.filter(({from}) => from === 'agent')
  const order = ['fails', 'unknown', 'works', 'not-tried']
  const shown = [...agents].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome)).slice(0, mostAgents)
  return views.filter(view => view.from !== 'agent' || shown.includes(view))
}

function matrix(views: readonly ProbeView[], style: Style): string[] {
  const rows = views.map(view => COLUMNS.map(({layer}) => cellOf(view, layer)))
  // What nobody has (a proxy, TLS) takes no room.
  const used = COLUMNS.flatMap((_, index) => (rows.some(row => !['-', ''].includes(row[index] ?? '')) ? [index] : []))
  const widths = used.map(index =>
    Math.max(COLUMNS[index]?.title.length ?? 0, ...rows.map(row => widthOf(row[index] ?? ''))),
  )
  const room = style.columns - indent.length - widths.reduce((sum, own) => sum + own + gap.length, 0)
  if (used.length === 0 || room < leastPlace) return [] // the lines below say all of it
  const places = views.map(({from, place}) => {
    if (from === 'here') return 'here'
    return `${from} ${cutMiddle(clean(place), Math.min(room, mostPlace) - from.length - 1, style.ellipsis)}`
  })
  const width = Math.max('FROM'.length, ...places.map(widthOf))
  const line = (place: string, texts: readonly string[]) =>
    [padEnd(place, width), ...texts.map((text, index) => padEnd(text, widths[index] ?? 0))].join(gap).trimEnd()
  return [
    style.faint(
      `${indent}${line(
        'FROM',
        used.map(index => COLUMNS[index]?.title ?? ''),
      )}`,
    ),
    ...views.map((view, index) => {
      const state = STATES[view.outcome]
      const mark = `${style.paintState(state, style.stateGlyph(state))}${' '.repeat(Math.max(1, indent.length - widthOf(style.stateGlyph(state))))}`
      return `${mark}${line(
        places[index] ?? '',
        used.map(column => rows[index]?.[column] ?? ''),
      )}`
    }),
  ]
}

/** What an agent does not measure apart is passed where a later layer fails, or where it delivers. */
function cellOf(view: ProbeView, layer: ProbeLayer): string {
  if (view.outcome === 'not-tried') return '-'
  if (view.from === 'agent') return agentCell(view, layer)
  const own = view.layers.find(other => other.layer === layer)
  if (!own) return '-'
  switch (own.outcome) {
    case 'ok':
      return own.seconds === null || own.seconds === 0 ? 'ok' : formatSeconds(own.seconds)
    case 'failed':
      return 'FAILS'
    case 'unknown':
      return '?'
    default:
      return '-'
  }
}

function agentCell({outcome, layer: failing}: ProbeView, layer: ProbeLayer): string {
  const place = (of: ProbeLayer) => COLUMNS.findIndex(column => column.layer === of)
  if (outcome === 'works') return layer === 'proxy' || layer === 'tls' ? '' : 'ok'
  if (outcome === 'unknown' && failing === null) return layer === 'proxy' || layer === 'tls' ? '' : '?'
  if (failing === null) return '?'
  if (layer === failing) return outcome === 'unknown' ? '?' : 'FAILS'
  if (place(layer) > place(failing)) return '-'
  return layer === 'proxy' || layer === 'tls' ? '' : 'ok'
}

const labelOf = ({outcome}: ProbeView): string =>
  ({works: 'works', fails: 'fails', unknown: 'unknown', 'not-tried': 'not tried'})[outcome]

/** What several agents are answered alike is said once, of the first. */
function answerLines(view: ProbeView, all: readonly ProbeView[], verbose: boolean): (readonly [string, string])[] {
  const isFolded = !verbose && view.from === 'agent' && view.outcome !== 'works'
  const alike = isFolded ? all.filter(other => other.from === 'agent' && saysTheSame(other, view)) : [view]
  return alike[0] === view ? [[labelOf(view), saidBy(view, new Set(alike.map(({place}) => place)).size - 1)]] : []
}

function saysTheSame(a: ProbeView, b: ProbeView): boolean {
  return a.outcome === b.outcome && a.layer === b.layer && a.says === b.says
}

/** `more`: agents that say the same. */
function saidBy({from, place, says, layer, outcome}: ProbeView, more: number): string {
  const also = more > 0 ? ` and ${more} more` : ''
  const who = from === 'here' ? 'from here' : from === 'pod' ? `from pod ${place}` : `${place}${also}`
  return `${who}: ${layer === null || outcome === 'works' || outcome === 'not-tried' ? '' : `${layer}, `}${says}`
}

function timeWords({seconds}: LayerFacts): string {
  return seconds === null || seconds === 0 ? '' : ` (${formatSeconds(seconds)})`
}
