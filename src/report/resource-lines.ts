/** One line per agent: what it uses of what it asked for and may have, and where that is far from the truth. */
import type {AgentReport, Report} from '../diagnose/report.ts'
import {formatBytes, formatCount, formatPercent} from '../units.ts'
import {agentName} from './agent-name.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

/** [] for a report of which no agent told anything. */
export function resourceLines(report: Report, style: Style): string[] {
  const lines = report.agents.flatMap(agent => {
    const words = wordsOf(agent)
    return words === '' ? [] : [`${clean(agent.context)} ${agentName(agent, report)}: ${words}`]
  })
  if (lines.length === 0) return []
  const hasMean = report.agents.some(({resources}) => resources.samplesPerSecond !== null)
  return [
    style.faint(hasMean ? 'resources (~ is a mean since the process started)' : 'resources'),
    ...lines.flatMap(line =>
      wrap(line, style.columns - 4).map((part, index) => `${index === 0 ? '  ' : '    '}${part}`),
    ),
  ]
}

function wordsOf({resources}: AgentReport): string {
  const {memory, cpu, wal, activeSeries, samplesPerSecond, memoryBytesPerSeries} = resources
  return [
    useInWords('memory', memory, formatBytes),
    useInWords('CPU', cpu, cores),
    wal.usedBytes === null
      ? ''
      : `WAL ${formatBytes(wal.usedBytes)}${wal.capacityBytes === null ? '' : ` of ${formatBytes(wal.capacityBytes)} (${formatPercent(wal.usedBytes / wal.capacityBytes)})`}`,
    activeSeries === null
      ? ''
      : `${formatCount(activeSeries)} series${memoryBytesPerSeries === null ? '' : ` at ${formatBytes(memoryBytesPerSeries)}`}`,
    samplesPerSecond === null ? '' : `~${formatCount(samplesPerSecond)} samples/s`,
  ]
    .filter(part => part !== '')
    .join(', ')
}

/** `memory 120 MiB (request 256 MiB, limit 512 MiB)`, with what does not fit. */
function useInWords(
  name: string,
  {used, requested, limit, requestFits, limitFits}: AgentReport['resources']['memory'],
  inWords: (amount: number) => string,
): string {
  if (used === null) return ''
  const bounds = [
    requested === null ? 'no request' : `request ${inWords(requested)}${remark(requestFits)}`,
    limit === null ? 'no limit' : `limit ${inWords(limit)}${remark(limitFits)}`,
  ]
  return `${name} ${inWords(used)} (${bounds.join(', ')})`
}

function remark(fits: AgentReport['resources']['memory']['requestFits']): string {
  if (fits === 'too-low') return ': too low'
  return fits === 'too-high' ? ': far more than it uses' : ''
}

function cores(amount: number): string {
  return amount < 0.1
    ? `${Number((amount * 1000).toPrecision(2))}m`
    : `${Number(amount.toFixed(2))} ${amount === 1 ? 'core' : 'cores'}`
}
