/** The fleet file beside the flags: flags win, and what they leave open it fills in. */
import {resolve} from 'node:path'
import * as Flags from '@oclif/core/flags'
import {type FleetFile, readFleetFile} from '../collect/fleet-file/fleet-file.ts'
import type {ExpectedEntry} from '../collect/fleet-file/parse.ts'
import type {FleetEvidence} from '../evidence/fleet.ts'
import {THRESHOLDS, type Thresholds} from '../facts/thresholds.ts'
import {globToRegExp} from '../glob.ts'
import {clean} from '../report/text.ts'
import {formatNumberOf} from '../units.ts'
import type {CentralFlags} from './central.ts'

export const fleetFlags = {
  fleet: Flags.string({
    helpGroup: 'SCOPE',
    helpValue: 'FILE',
    description:
      'fleet file: contexts, central, expected agents, thresholds; else $PROMFLEET_FLEET, ./promfleet.yaml, ~/.config/promfleet/promfleet.yaml; "none" reads none',
  }),
}

/** Flags that a fleet file may fill in; a command has those that it needs. */
export interface FilledFlags extends CentralFlags {
  fleet?: string | undefined
  from?: string | undefined
  context?: string[] | undefined
  'all-contexts'?: boolean
  namespace?: string | undefined
  selector?: string | undefined
  agent?: string[] | undefined
  'identity-label'?: string[] | undefined
  quiet?: boolean
}

/** What a fleet file adds to the flags of a command. */
interface OfFleetFile {
  /** Its path, as people would name it; absent: there is none. */
  fleetFile?: string
  /** Where the contexts are not the user's own words: who named them. */
  contextsFrom?: string
}

export interface WithFleet<Given> {
  /** With what the fleet file says where they were not given. */
  flags: Given & OfFleetFile
  /** null: there is none. */
  fleet: FleetFile | null
  /** In force: the defaults with what the fleet file says instead. */
  thresholds: Thresholds
}

/** Reads the fleet file, if there is one. Throws UserError for one that is wrong. */
export async function withFleet<Given extends FilledFlags>(flags: Given): Promise<WithFleet<Given>> {
  const fleet = await readFleetFile(flags.fleet)
  if (fleet === null) return {flags, fleet, thresholds: THRESHOLDS}
  // It decides what is looked at and how it is judged, so nobody should have to guess that it was there.
  if (flags.quiet !== true) process.stderr.write(`${clean(inWords(fleet))}\n`)
  const filled = {
    fleetFile: clean(fleet.path),
    ...contextsOf(fleet, flags),
    ...identityLabelsOf(fleet, flags),
    ...centralOf(fleet, flags),
  }
  return {flags: {...flags, ...filled}, fleet, thresholds: {...THRESHOLDS, ...fleet.thresholds}}
}

/** "fleet file ./promfleet.yaml: 3 contexts, 4 expected agents, 1 threshold". */
function inWords({path, contexts, central, expected, thresholds}: FleetFile): string {
  const parts = [
    contexts.length > 0 ? formatNumberOf(contexts.length, 'context') : '',
    central === null ? '' : 'a central',
    expected === null ? '' : formatNumberOf(expected.length, 'expected agent'),
    Object.keys(thresholds).length > 0 ? formatNumberOf(Object.keys(thresholds).length, 'threshold') : '',
  ].filter(part => part !== '')
  return `fleet file ${path}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}

function contextsOf(
  {path, contexts}: FleetFile,
  flags: FilledFlags,
): Pick<FilledFlags & OfFleetFile, 'context' | 'contextsFrom'> {
  const isChosen = flags.context !== undefined || flags['all-contexts'] === true || flags.from !== undefined
  return isChosen || contexts.length === 0 ? {} : {context: contexts, contextsFrom: `fleet file ${clean(path)}`}
}

function identityLabelsOf({identityLabels}: FleetFile, flags: FilledFlags): Pick<FilledFlags, 'identity-label'> {
  const isGiven = flags['identity-label'] !== undefined && flags['identity-label'].length > 0
  return isGiven || identityLabels.length === 0 ? {} : {'identity-label': identityLabels}
}

/**
 * Flags that name a central leave nothing of the file's: its credentials are for its own central, and must go to no other. File names
 * are relative to the fleet file.
 */
function centralOf({central, directory}: FleetFile, flags: FilledFlags): CentralFlags {
  if (central === null || flags.from !== undefined) return {}
  if (flags['central-url'] !== undefined || flags['central-context'] !== undefined) return {}
  const file = (name: string | undefined) => (name === undefined ? undefined : resolve(directory, name))
  const headers = Object.entries(central.headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  const ofFile: CentralFlags = {
    'central-url': central.url,
    'central-context': central.context,
    'central-namespace': central.namespace,
    'central-pod': central.pod,
    'central-tenant': central.tenant,
    'central-header': [...headers, ...(flags['central-header'] ?? [])],
    'central-header-file': flags['central-header-file'] ?? central.headerFiles?.map(name => resolve(directory, name)),
    'central-ca-file': file(central.caFile),
    ...(central.insecureSkipVerify !== undefined && {'central-insecure-skip-verify': central.insecureSkipVerify}),
    // A user or token that was typed is another login than the file's, whose password is not its own.
    ...(flags['central-user'] === undefined &&
      flags['central-token-file'] === undefined && {
        'central-user': central.user,
        'central-password-file': file(central.passwordFile),
        'central-token-file': file(central.tokenFile),
      }),
  }
  const typed = Object.entries(flags).filter(([name, value]) => name.startsWith('central-') && value !== undefined)
  return {...ofFile, ...Object.fromEntries(typed.filter(([name]) => name !== 'central-header'))}
}

export interface Expectations {
  agents: readonly ExpectedEntry[]
  /** Everything that belongs to the fleet was looked at, so that an agent that may be anywhere can be missed. */
  isWholeFleet: boolean
}

/** null: no file says which agents there should be. */
export function expectationsOf(
  fleet: FleetFile | null,
  flags: FilledFlags,
  {contexts}: Pick<FleetEvidence, 'contexts'>,
): Expectations | null {
  if (fleet === null || fleet.expected === null) return null
  const isSeen = (given: string) => contexts.some(({name}) => name === given || globToRegExp(given).test(name))
  const isWholeFleet = fleet.contexts.length > 0 ? fleet.contexts.every(isSeen) : flags.context === undefined
  return {agents: fleet.expected, isWholeFleet}
}
