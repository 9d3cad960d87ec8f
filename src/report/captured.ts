/** What `promfleet capture` prints: what was taken and masked, and where it lies now. Pure. */
import type {BundleManifest, FleetEvidence} from '../evidence/fleet.ts'
import {shellWord} from '../shell-word.ts'
import {formatBytes, formatCount} from '../units.ts'
import {clean} from './text.ts'

/** What one of it is called; what is not here has one name for one and for many. */
const singulars: Record<string, string> = {
  contexts: 'context',
  'PrometheusAgent resources': 'PrometheusAgent resource',
  'pods of agents': 'pod of an agent',
  'scrapes of /metrics': 'scrape of /metrics',
  configurations: 'configuration',
  flags: 'list of flags',
  targets: 'list of targets',
  'lists of target labels': 'list of target labels',
  'lists of metric families': 'list of metric families',
  'readiness answers': 'readiness answer',
  logs: 'log',
  'logs of previous runs': 'log of a previous run',
  'lists of events': 'list of events',
  'lists of volume claims': 'list of volume claims',
}

const whyIncomplete: Record<FleetEvidence['ended'], string | null> = {
  complete: null,
  interrupted: 'incomplete: stopped before everything was read',
  timeout: 'incomplete: the time of the run (--timeout) was up before everything was read',
}

export interface CapturedFile {
  file: string
  bytes: number
  ended: FleetEvidence['ended']
  /** The fleet file in effect, which a bundle does not hold; left out: none. */
  fleetFile?: string | undefined
}

/** Two lists, the file's line and what to do with it; kinds of which there is nothing are left out. */
export function renderCaptured({taken, masked}: BundleManifest, {file, bytes, ended, fleetFile}: CapturedFile): string {
  const shown = taken.filter(({count, missing}) => count > 0 || missing > 0)
  const incomplete = whyIncomplete[ended]
  const width = Math.max(...[...shown, ...masked].map(({count}) => formatCount(count).length))
  const row = (count: number, words: string) => `  ${formatCount(count).padStart(width)} ${words}`
  const lines = [
    'taken',
    ...shown.map(({what, count, missing, bytes: size}) =>
      row(
        count,
        `${count === 1 ? (singulars[what] ?? what) : what}, ${formatBytes(size)}${missing > 0 ? `; ${formatCount(missing)} could not be read` : ''}`,
      ),
    ),
    '',
    'masked',
    ...(masked.length > 0
      ? masked.map(({what, count}) => row(count, `in ${what}`))
      : ['  nothing: no secret was seen']),
    '',
    `${clean(file)}  ${formatBytes(bytes)}`,
    ...(incomplete === null ? [] : [incomplete]),
    `judge it: promfleet doctor --from ${fileWord(file)}${fleetFile === undefined ? '' : ` --fleet ${fileWord(fleetFile)}`}`,
  ]
  return `${lines.join('\n')}\n`
}

/** A name that starts with a dash is no flag. */
function fileWord(file: string): string {
  return clean(shellWord(file.startsWith('-') ? `./${file}` : file))
}
