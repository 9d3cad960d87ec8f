/** One outage, looked at again and again until the data is gone: what every report said of when, and whether that came true. */
import {readFile} from 'node:fs/promises'
import {asReplayed} from '../../src/collect/bundle/clean-evidence.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import type {Failure} from '../../src/evidence/types.ts'
import {readFacts} from '../../src/facts/facts.ts'
import type {LossClock} from '../../src/facts/types.ts'
import {secondsOf} from '../../src/units.ts'
import {openSession} from '../faults/look.ts'
import {valuesOf} from '../lab/conditions.ts'
import {type Lab, startLab} from '../lab/lab.ts'
import type {PrometheusBinaries} from '../lab/prometheus.ts'
import {type Moment, watchFor, watchSegments} from './moment.ts'
import type {Run} from './runs.ts'

const intervalSeconds = 2
const patienceMs = 240_000

/** What one report said. */
interface Sighting {
  /** The agent's clock when its metrics were read, floored to the second as HTTP dates are. */
  atSeconds: number
  /** Judged as though the log could not be read. */
  isWithoutLog: boolean
  readSegment: number | null
  clock: LossClock
  /** Of the evidence that a clock goes by, for whoever asks why it is wrong. */
  wal: string
}

export interface Outcome {
  run: Run
  /** Reports made before the loss: with a range, and without one though nothing was delivered. */
  ranges: number
  withoutRange: number
  /** Seconds, of the ranges that have both ends. */
  widestSeconds: number | null
  narrowestSeconds: number | null
  /** Seconds from the outage to the loss. */
  lossAfterSeconds: number | null
  wrong: string[]
  seconds: number
}

export async function watchRun(run: Run, binaries: PrometheusBinaries): Promise<Outcome> {
  const began = Date.now()
  const outcome: Outcome = {
    ...{run, ranges: 0, withoutRange: 0, widestSeconds: null, narrowestSeconds: null, lossAfterSeconds: null},
    ...{wrong: [], seconds: 0},
  }
  try {
    const lab = await startLab([run.scenario], {binaries, timeoutSeconds: 120})
    try {
      await lab.ready(run.scenario)
      const outageMs = Date.now()
      const {sightings, goneOf} = await lookUntilLost(run, lab)
      judge(outcome, sightings, goneOf, outageMs)
    } finally {
      await lab.stop()
    }
  } catch (error) {
    outcome.wrong.push(`did not come about: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  return {...outcome, seconds: Math.round((Date.now() - began) / 1000)}
}

type GoneOf = (sighting: Sighting) => Moment | null

async function lookUntilLost(run: Run, lab: Lab): Promise<{sightings: Sighting[]; goneOf: GoneOf}> {
  const {goneOf, stop} = watchTheTruth(run, lab)
  const sightings: Sighting[] = []
  const session = await openSession(lab.kubeconfig, lab.agentContexts(run.scenario), intervalSeconds)
  try {
    const deadline = Date.now() + patienceMs
    const isOver = () => {
      const last = sightings.at(-1)
      return last !== undefined && last.clock.status !== 'not-needed' && goneOf(last) !== null
    }
    while (!isOver()) {
      if (Date.now() > deadline) throw new Error(`nothing was lost within ${patienceMs / 1000} s`)
      const evidence = asReplayed(await session.take())
      for (const isWithoutLog of [false, true]) {
        const sighting = sightingOf(isWithoutLog ? withoutLog(evidence) : evidence, isWithoutLog)
        if (sighting !== null) sightings.push(sighting)
      }
    }
    return {sightings, goneOf}
  } finally {
    await session.close()
    await stop()
  }
}

/** When that was gone which each sighting spoke of. */
function watchTheTruth({kind, scenario}: Run, lab: Lab): {goneOf: GoneOf; stop(): Promise<void>} {
  const [agent] = lab.agents(scenario)
  if (agent === undefined) throw new Error('there is no agent')
  if (kind === 'truncation') {
    const watching = watchSegments(agent.dataDirectory)
    const goneOf: GoneOf = ({readSegment}) => (readSegment === null ? null : watching.goneAt(readSegment + 1))
    return {goneOf, stop: watching.stop}
  }
  const watching = watchFor(async () => {
    if (kind === 'disk') return (await readFile(agent.logFile, 'utf8')).includes('no space left on device')
    const text = (await agent.get('/metrics'))?.text ?? ''
    const dropped = text.split('\n').filter(line => line.includes('reason="too_old"'))
    return valuesOf(dropped.join('\n'), 'prometheus_remote_storage_samples_dropped_total').some(value => value > 0)
  })
  return {goneOf: watching.at, stop: watching.stop}
}

function sightingOf(evidence: FleetEvidence, isWithoutLog: boolean): Sighting | null {
  const agent = readFacts(evidence).agents[0]
  const queue = agent?.queues[0]
  if (!agent || !queue || agent.window.to === null) return null
  const {activeSegment, lowestSegment, truncations, truncateSeconds} = agent.wal
  return {
    ...{atSeconds: secondsOf(agent.window.to), isWithoutLog, clock: queue.lossClock},
    readSegment: queue.levels.readSegment,
    wal: JSON.stringify({activeSegment, lowestSegment, truncations, truncateSeconds, up: agent.process?.uptimeSeconds}),
  }
}

function withoutLog(evidence: FleetEvidence): FleetEvidence {
  const unread: Failure = {ok: false, reason: 'forbidden', detail: 'not asked for', needs: []}
  const contexts = evidence.contexts.map(context => {
    return {...context, agents: context.agents.map(agent => ({...agent, log: unread, previousLog: unread}))}
  })
  return {...evidence, contexts}
}

function judge(outcome: Outcome, sightings: readonly Sighting[], goneOf: GoneOf, outageMs: number): void {
  const widths: number[] = []
  for (const sighting of sightings) {
    const gone = goneOf(sighting)
    const {clock, atSeconds} = sighting
    // Its metrics may have been read up to a second after the time they bear.
    if (gone === null || (atSeconds + 1) * 1000 > gone.afterMs || clock.status === 'not-needed') continue
    outcome.lossAfterSeconds = (gone.byMs - outageMs) / 1000
    if (clock.status === 'unknown') {
      outcome.withoutRange += 1
      continue
    }
    outcome.ranges += 1
    if (clock.earliestSeconds !== null && clock.latestSeconds !== null)
      widths.push(clock.latestSeconds - clock.earliestSeconds)
    const problem = problemOf(sighting, gone, outcome.run)
    if (problem !== null) outcome.wrong.push(problem)
  }
  if (outcome.ranges === 0) outcome.wrong.push('no report said when')
  outcome.widestSeconds = widths.length > 0 ? Math.max(...widths) : null
  outcome.narrowestSeconds = widths.length > 0 ? Math.min(...widths) : null
}

/** A reader of segment R that goes on to the next one in the meantime has another truth than its report, and a later one. */
function problemOf(
  {clock, atSeconds, isWithoutLog, readSegment, wal}: Sighting,
  gone: Moment,
  {kind}: Run,
): string | null {
  const from = clock.earliestAt === null ? Number.NEGATIVE_INFINITY : secondsOf(clock.earliestAt) * 1000
  const to = clock.latestAt === null ? Number.POSITIVE_INFINITY : secondsOf(clock.latestAt) * 1000
  const isRight = clock.status === 'known' && clock.kind === kind && from <= gone.byMs && to >= gone.afterMs
  if (isRight) return null
  const inSeconds = (ms: number) => (ms / 1000 - atSeconds).toFixed(1)
  const said = `${clock.status}, ${clock.kind}, in ${inSeconds(from)} to ${inSeconds(to)} s`
  return `${isWithoutLog ? 'without the log: ' : ''}said ${said}; it was in ${inSeconds(gone.byMs)} s; reader in ${readSegment}, ${wal}; ${clock.assumption}`
}
