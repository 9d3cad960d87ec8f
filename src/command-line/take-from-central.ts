/** From flags to what a central holds of all identities: the take of `promfleet lag --from-central`. */
import {asReplayed} from '../collect/bundle/clean-evidence.ts'
import type {CentralFleetSession} from '../collect/central/fleet-session.ts'
import type {ExpectedEntry} from '../collect/fleet-file/parse.ts'
import {UserError} from '../errors.ts'
import type {TransportChoice} from '../evidence/types.ts'
import {type CentralFlags, openCentral} from './central.ts'
import {onInterruption} from './interruption.ts'
import {intervalSeconds} from './interval.ts'
import {startProgressLine, waitingForCentral} from './progress.ts'
import type {TakenEvidence} from './take-evidence.ts'

export interface FromCentralFlags extends CentralFlags {
  kubeconfig?: string | undefined
  as?: string | undefined
  'as-group'?: string[] | undefined
  transport: TransportChoice
  interval?: number | undefined
  timeout: number
  'identity-label'?: string[] | undefined
  quiet: boolean
}

export interface FromCentralOptions {
  toolVersion: string
  /** Of the fleet file; null: it does not say. */
  expected: readonly ExpectedEntry[] | null
  /** From this age of its newest sample on an identity is looked at twice. */
  lateSeconds: number
}

/** Takes once, progress and interruption included. Throws UserError when the flags name no central, or one that cannot be meant. */
export async function takeFromCentral(flags: FromCentralFlags, options: FromCentralOptions): Promise<TakenEvidence> {
  const interruption = onInterruption()
  const progress = await startProgressLine(flags.quiet)
  try {
    progress.say('looking for the central')
    const session = await openFromCentral(flags, options, interruption.signal)
    progress.say(waitingForCentral(session.name))
    try {
      return {evidence: asReplayed(await session.take()), interruptedWith: interruption.exitCode()}
    } finally {
      await session.close()
    }
  } finally {
    progress.stop()
    interruption.release()
  }
}

/** For a look that is taken again and again. Throws UserError as takeFromCentral does. */
export async function openFromCentral(
  flags: FromCentralFlags,
  {toolVersion, expected, lateSeconds}: FromCentralOptions,
  signal: AbortSignal,
): Promise<CentralFleetSession> {
  const api = await openCentral(flags, signal)
  if (api === null)
    throw new UserError(
      '--from-central needs to know the central',
      'give --central-url or --central-context, or name it in a fleet file',
    )
  const {openCentralFleet} = await import('../collect/central/fleet-session.ts')
  const labels = flags['identity-label'] ?? []
  // Only labels are stored with the samples: contexts and names of workloads are not.
  const all = (expected ?? []).map(({labels: given}) => given)
  const named = all.filter(given => Object.keys(given).length > 0)
  return openCentralFleet(api, {
    toolVersion,
    foundBy: flags['central-url'] === undefined ? 'context' : 'url',
    identityLabels: labels.length > 0 ? labels : ['cluster'],
    expected: named,
    unnamedExpected: all.length - named.length,
    intervalSeconds: intervalSeconds(flags),
    lateSeconds,
    timeoutSeconds: flags.timeout,
    transport: flags.transport,
    signal,
  })
}
