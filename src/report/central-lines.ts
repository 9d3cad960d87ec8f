/** What was seen of the stores that agents write to, and of each agent in them; what could not be seen is said, too. */
import type {AgentReport, CentralReport, QueueReport, Report} from '../diagnose/report.ts'
import {formatBytes, formatClock, formatCount, formatSeconds} from '../units.ts'
import {agentName} from './agent-name.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

/** [] where no store was named, found or looked for. */
export function centralLines(report: Report, style: Style): string[] {
  const centrals = [...(report.central ? [report.central] : []), ...(report.otherCentrals ?? [])]
  const lines = [
    ...centrals.map(central => `${clean(central.address)}: ${wordsOf(central, report.takenAt)}`),
    ...report.agents.flatMap(agent => agent.queues.flatMap(queue => storedLine(queue, agent, report))),
    ...(report.centralNotSeen ?? []).map(reason => `not found: ${clean(reason)}`),
  ]
  if (lines.length === 0) return []
  return [
    style.faint('central'),
    ...lines.flatMap(line =>
      wrap(line, style.columns - 4).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`),
    ),
  ]
}

const makes: Record<CentralReport['kind'], string> = {
  prometheus: 'Prometheus',
  'victoria-metrics': 'VictoriaMetrics',
  mimir: 'Mimir',
  thanos: 'Thanos',
  unknown: 'of unknown make',
}

const found: Record<CentralReport['foundBy'], string> = {
  url: 'given by --central-url',
  context: 'given by --central-context',
  endpoint: "found by the agents' URLs",
}

function wordsOf(central: CentralReport, now: string): string {
  const {kind, version, problem, receiver, outOfOrderWindowSeconds: window, headSeries, headMaxAt, writes} = central
  if (problem !== null) return `could not be read: ${clean(problem)} (${found[central.foundBy]})`
  return [
    `${makes[kind]}${version === null ? '' : ` ${clean(version)}`}`,
    found[central.foundBy],
    ...(receiver === null ? [] : [receiver ? 'takes remote writes' : 'its remote-write receiver is off']),
    ...(window === null
      ? []
      : [window === 0 ? 'no out-of-order window' : `out-of-order window ${formatSeconds(window)}`]),
    ...(headSeries === null ? [] : [`${formatCount(headSeries)} series in its head`]),
    ...(headMaxAt === null ? [] : [`newest sample ${formatClock(headMaxAt, now)}`]),
    ...(central.walBytes === null ? [] : [`WAL ${formatBytes(central.walBytes)}`]),
    ...(writes === null
      ? []
      : [
          `${formatCount(writes.requests)} writes since its start, ${formatCount(writes.refused)} refused, ${formatCount(writes.failed)} failed`,
        ]),
  ].join(', ')
}

function storedLine({central, name}: QueueReport, agent: AgentReport, report: Report): string[] {
  if (central === undefined) return []
  const whose = `${clean(agent.context)} ${agentName(agent, report)}, queue ${clean(name)}`
  const {freshness, ageSeconds, unknownBecause, holes, identity, proof} = central
  const age = ageSeconds === null ? 'no sample' : `newest sample ${formatSeconds(ageSeconds)} old`
  const labels = identity === null ? '' : ` under ${clean(labelWords(identity))}`
  const words = [
    freshness === 'unknown' ? `not known: ${clean(unknownBecause ?? '')}` : `${age}${labels}`,
    ...(proof === null ? ['not proven to be where it writes'] : []),
    // Where nothing is there a day without gaps would be a day without samples.
    ...(holes === null || (holes.length === 0 && ageSeconds === null)
      ? []
      : [holes.length === 0 ? 'no long gap in the last day' : `${formatCount(holes.length)} gaps in the last day`]),
  ]
  return [`${whose}: ${words.join(', ')}`]
}

/** cluster="cluster2", replica="0" */
export function labelWords(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')
}
