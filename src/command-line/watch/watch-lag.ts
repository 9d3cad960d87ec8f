/** `promfleet lag --watch`: look, judge, show, until somebody ends it. */
import {pauseUntil} from '../../collect/agent/pause.ts'
import {asReplayed} from '../../collect/bundle/clean-evidence.ts'
import {type CentralAccess, nameOf} from '../../collect/central/access.ts'
import type {CentralFleetSession} from '../../collect/central/fleet-session.ts'
import {type LagFrame, rememberFrames} from '../../diagnose/lag/history.ts'
import type {LagReport} from '../../diagnose/lag/lag-report.ts'
import {rememberLooks} from '../../diagnose/lag/look-memory.ts'
import {type RateMemory, rememberRates} from '../../diagnose/lag/rate-memory.ts'
import {UserError} from '../../errors.ts'
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {Thresholds} from '../../facts/thresholds.ts'
import {onInterruption} from '../interruption.ts'
import {USUAL_INTERVAL_SECONDS} from '../interval.ts'
import {startProgressLine, waitingForCentral} from '../progress.ts'
import {type EvidenceFlags, openSession} from '../take-evidence.ts'
import {terminalStyle} from '../terminal-style.ts'
import {type WatchedFleet, watchContexts} from './contexts.ts'
import {watchKeys} from './keys.ts'
import {appendedOutput, jsonOutput, screenOutput, type WatchOutput} from './output.ts'
import {watchStored} from './stored.ts'

export interface WatchFlags extends EvidenceFlags {
  output: 'table' | 'wide' | 'json'
  'no-color': boolean
  verbose: boolean
  'only-behind': boolean
}

export interface WatchJudge {
  thresholds: Thresholds
  /** Of all rows, with rates that are remembered; --only-behind hides some when they are shown. */
  report(evidence: FleetEvidence, rates: RateMemory): Promise<LagReport>
  /** Looked at beside the agents; null: it is not. */
  central: CentralAccess | null
  /** Looks from the central alone; left out: at the agents. */
  openCentral?: ((signal: AbortSignal) => Promise<CentralFleetSession>) | undefined
  /** After so many seconds the watching ends by itself; null: never. */
  endsAfterSeconds: number | null
}

const SHORTEST_INTERVAL_SECONDS = 1

/**
 * The exit code: that of the last frame, 130 or 143 when a signal ended it. Throws UserError when there is nothing to look at.
 * What the terminal was set to is restored on every way out.
 */
export async function watchLag(flags: WatchFlags, toolVersion: string, judge: WatchJudge): Promise<number> {
  const intervalSeconds = flags.interval ?? USUAL_INTERVAL_SECONDS
  if (intervalSeconds < SHORTEST_INTERVAL_SECONDS) {
    throw new UserError(`--interval is ${intervalSeconds}s: with --watch it is the time between two looks, 1s or more`)
  }
  const interruption = onInterruption()
  const stop = new AbortController()
  const {signal} = stop
  const end = () => stop.abort()
  interruption.signal.addEventListener('abort', end, {once: true})
  const timer = judge.endsAfterSeconds === null ? undefined : setTimeout(end, judge.endsAfterSeconds * 1000)
  const progress = await startProgressLine(flags.quiet)
  let output: WatchOutput | null = null
  const keys = watchKeys(process.stdin, {quit: end, stop: () => output?.lend(), go: () => output?.refresh()})
  try {
    const say = (text: string) => {
      if (output === null) progress.say(text)
    }
    const fleet = judge.openCentral
      ? await watchCentral(judge.openCentral, signal, say)
      : await watchAgents(flags, toolVersion, {judge, intervalSeconds, signal, say})
    try {
      const nextFrame = rememberFrames()
      const rates = rememberRates(intervalSeconds)
      let frame: LagFrame | null = null
      let roundAt = Date.now()
      while (frame === null || !signal.aborted) {
        const {evidence, lookedAt} = await fleet.round()
        if (frame !== null && signal.aborted) break
        frame = shown(nextFrame(await judge.report(evidence, rates), lookedAt), flags)
        process.exitCode = frame.report.exitCode // a reader that goes away (`| head`) ends the program here
        if (output === null) {
          progress.stop()
          output = openOutput(flags, intervalSeconds)
        }
        await output.frame(frame)
        roundAt = nextRound(roundAt, intervalSeconds)
        await pauseUntil(roundAt, signal)
      }
      const interruptedWith = interruption.exitCode()
      const {report} = frame
      await output?.end(interruptedWith === null ? frame : {...frame, report: {...report, exitCode: interruptedWith}})
      return interruptedWith ?? report.exitCode
    } finally {
      await fleet.close()
    }
  } finally {
    keys.release()
    progress.stop()
    clearTimeout(timer)
    interruption.release()
  }
}

/** What is looked at again and again. */
interface Watched {
  round(): Promise<WatchedFleet>
  close(): Promise<void>
}

async function watchAgents(
  flags: WatchFlags,
  toolVersion: string,
  around: {judge: WatchJudge; intervalSeconds: number; signal: AbortSignal; say(text: string): void},
): Promise<Watched> {
  const {judge, intervalSeconds, signal, say} = around
  const {central} = judge
  const reading = {pieces: ['metrics'], wantsAnotherScrape: () => false, onProgress: () => undefined} as const
  // Scrapes are told apart by --interval outside of a session, too: each of its looks takes one.
  const session = await openSession(
    {...flags, interval: 0},
    {...reading, toolVersion, signal, ...(central !== null && {central: {access: central}})},
  )
  const contexts = watchContexts(session, {
    intervalSeconds,
    timeoutSeconds: flags.timeout,
    // Under which labels a central stores an agent, its configuration tells.
    memory: rememberLooks(judge.thresholds, {intervalSeconds, readsConfiguration: central !== null}),
    signal,
    onWaiting: (waiting, ofAll) =>
      say(`${ofAll - waiting.length} of ${ofAll} contexts looked at; waiting for ${waiting.slice(0, 3).join(', ')}`),
  })
  if (central === null) return {round: () => contexts.round(), close: () => session.close()}
  const centrals = watchStored(session, {intervalSeconds, signal})
  return {
    async round() {
      const {evidence, lookedAt} = await contexts.round()
      say(waitingForCentral(nameOf(central)))
      const found = await centrals.round(evidence.contexts)
      // The contexts are as a replay has them already; what was parsed of a configuration is known by its very object.
      return {evidence: {...asReplayed({...evidence, contexts: [], ...found}), contexts: evidence.contexts}, lookedAt}
    },
    close: () => session.close(),
  }
}

async function watchCentral(
  open: NonNullable<WatchJudge['openCentral']>,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Watched> {
  say('looking for the central')
  const session = await open(signal)
  say(waitingForCentral(session.name))
  return {
    round: async () => ({evidence: asReplayed(await session.take()), lookedAt: new Map()}),
    close: () => session.close(),
  }
}

/** On the beat of the first; a round that took longer than the period is followed by the next beat that is still to come. */
function nextRound(roundAt: number, intervalSeconds: number): number {
  const period = intervalSeconds * 1000
  return roundAt + period * Math.max(1, Math.ceil((Date.now() - roundAt) / period))
}

function openOutput(flags: WatchFlags, intervalSeconds: number): WatchOutput {
  const {stdout} = process
  if (flags.output === 'json') return jsonOutput(stdout)
  const styleNow = () => ({
    ...terminalStyle({noColour: flags['no-color']}),
    wide: flags.output === 'wide',
    quiet: flags.quiet,
    verbose: flags.verbose,
  })
  return stdout.isTTY ? screenOutput(stdout, styleNow, intervalSeconds) : appendedOutput(stdout, styleNow())
}

/** --only-behind, after the history has seen all rows: one that begins to deliver has not gone away. */
function shown(frame: LagFrame, flags: WatchFlags): LagFrame {
  if (!flags['only-behind']) return frame
  const isBehind = ({state}: {state: string}) => state !== 'delivering'
  const report = {...frame.report, rows: frame.report.rows.filter(isBehind)}
  return {...frame, report, rows: frame.rows.filter(row => isBehind(row) || row.problem !== null)}
}
