/** Reads the lag of every queue as `promfleet lag` does, and sets it against when samples arrived. */
import {asReplayed} from '../../src/collect/bundle/clean-evidence.ts'
import {open, type Session} from '../../src/collect/session.ts'
import {lagReading} from '../../src/command-line/take-lag.ts'
import type {LagRow} from '../../src/diagnose/lag/lag-report.ts'
import {lagReport} from '../../src/diagnose/lag/report-lag.ts'
import {readFleet} from '../../src/facts/fleet.ts'
import {THRESHOLDS} from '../../src/facts/thresholds.ts'
import {secondsOf} from '../../src/units.ts'
import {waitUntil} from '../lab/conditions.ts'
import {startLab} from '../lab/lab.ts'
import type {PrometheusBinaries} from '../lab/prometheus.ts'
import type {Scenario, Version} from '../scenarios/scenario.ts'
import {type Recorder, startRecorder} from './recorder.ts'
import {agentsFor, batchDeadlineSeconds, type Phase, queueName, type Situation, situations} from './situations.ts'

export interface Reading {
  version: Version
  situation: Situation
  phase: Phase
  state: LagRow['state']
  lagSeconds: number | null
  lagSource: string | null
  /** Age of the newest sample that had arrived when the metrics were read, by the agent's clock. */
  truthSeconds: number
  toleranceSeconds: number
  /** Why it is wrong; null: it is right. */
  problem: string | null
}

/** Ages of the newest sample of the blocked queue at which all queues are looked at. */
const lookAtSeconds = [12, 30, 60]
/** HTTP dates and Prometheus' marks count in whole seconds. */
const clockSeconds = 1
const patienceSeconds = 150
const intervalSeconds = 4

/** All versions side by side, in one lab. `say` is told what happens. */
export async function measureLags(
  versions: readonly Version[],
  binaries: PrometheusBinaries,
  say: (line: string) => void,
): Promise<Reading[]> {
  const recorder = await startRecorder()
  const moment: {phase: Phase; outageAt: number} = {phase: 'before', outageAt: 0}
  for (const version of versions) for (const situation of situations) direct(recorder, version, situation, moment)
  const scenarios = versions.map(version => scenarioOf(version, recorder))
  const lab = await startLab(scenarios, {binaries, prefixContexts: true, timeoutSeconds: patienceSeconds})
  const readings: Reading[] = []
  let session: Session | null = null
  try {
    await Promise.all(scenarios.map(scenario => lab.ready(scenario)))
    session = await openSession(lab.kubeconfig, lab.contexts)
    const look = async (isLast = false) => {
      const rows = await readRows(session as Session)
      for (const version of versions) {
        for (const situation of situations)
          readings.push(judge(rows, recorder, {version, situation, isLast, ...moment}))
      }
      say(`${moment.phase}: looked at ${rows.length} queues`)
    }
    const ageOf = (version: Version, situation: Situation) =>
      truthSeconds(recorder, version, situation, Date.now() / 1000) ?? Number.POSITIVE_INFINITY
    const arrivesAll = (isIn: (situation: Situation) => boolean) =>
      waitUntil('samples of all queues to arrive', patienceSeconds, async () => {
        const late = versions.flatMap(version =>
          situations
            .filter(isIn)
            .filter(situation => ageOf(version, situation) > situation.scrapeSeconds + batchDeadlineSeconds)
            .map(({name}) => `${version} ${name}`),
        )
        return late.length === 0 ? null : late.join(', ')
      })
    await arrivesAll(situation => 'status' in Object(situation.answer('before', 1, 0)) === false)
    await look()
    Object.assign(moment, {phase: 'outage', outageAt: Date.now() / 1000})
    for (const seconds of lookAtSeconds) {
      await waitUntil(`an outage of ${seconds} s`, patienceSeconds, async () => {
        const ages = versions.map(version => ageOf(version, blocked))
        return Math.min(...ages) >= seconds ? null : `the newest sample is ${Math.min(...ages)} s old`
      })
      await look(seconds === lookAtSeconds.at(-1))
    }
    moment.phase = 'recovery'
    await arrivesAll(() => true)
    await look()
    return readings
  } finally {
    await session?.close()
    await lab.stop()
    await recorder.close()
  }
}

const blocked = situations.find(({name}) => name === 'blocked, 503') as Situation
const delivering = situations.find(({name}) => name === 'delivering') as Situation

function direct(
  recorder: Recorder,
  version: Version,
  situation: Situation,
  moment: {phase: Phase; outageAt: number},
): void {
  let writes = 0
  recorder.answers.set(pathOf(version, situation), () => {
    writes += 1
    return situation.answer(moment.phase, writes, Date.now() / 1000 - moment.outageAt)
  })
}

function pathOf(version: Version, situation: Situation): string {
  return `${version}/${queueName(situation)}`
}

function scenarioOf(version: Version, recorder: Recorder): Scenario {
  return {
    name: `lag-truth-${version.replace('.', '-')}`,
    title: 'lag is what the receiver sees',
    receivers: [],
    agents: agentsFor(version, queue => `${recorder.url}${version}/${queue}`, new URL(recorder.url).host),
    until: [{kind: 'uptime', seconds: 1}],
    expect: {topCause: null, state: 'delivering', exitCode: 0},
  }
}

function openSession(kubeconfig: string, contexts: string[]): Promise<Session> {
  return open(
    {kubeconfig, contexts, allContexts: false, impersonate: {user: null, groups: []}, webCredentials: null},
    {
      ...{intervalSeconds, sinceSeconds: 3600, timeoutSeconds: 60, namespace: null, selector: null, agents: []},
      ...{includeServers: false, transport: 'auto', toolVersion: '0', onProgress: () => undefined},
      ...{wantsAnotherScrape: () => false, signal: new AbortController().signal},
      ...lagReading(THRESHOLDS, null),
    },
  )
}

async function readRows(session: Session): Promise<LagRow[]> {
  const facts = readFleet(asReplayed(await session.take()))
  return lagReport(facts, {sort: 'state', onlyBehind: false, failOverSeconds: null}).rows
}

/** Null: nothing has arrived, and no sample is known to exist. */
function truthSeconds(recorder: Recorder, version: Version, situation: Situation, atSeconds: number): number | null {
  const newest = recorder.newestSeconds(pathOf(version, situation), atSeconds)
  if (newest !== null) return atSeconds - newest
  // Of what never arrived, the queue beside it tells when the first sample was scraped.
  const first = recorder.firstSeconds(pathOf(version, delivering))
  return first === null ? null : atSeconds - first
}

function judge(
  rows: readonly LagRow[],
  recorder: Recorder,
  {version, situation, phase, isLast}: {version: Version; situation: Situation; phase: Phase; isLast: boolean},
): Reading {
  const name = queueName(situation)
  const row = rows.find(({queue, version: own}) => queue?.name === name && own?.startsWith(`${version}.`))
  if (row?.queue == null || row.window.to === null) throw new Error(`${version} has no row for queue ${name}`)
  const truth = truthSeconds(recorder, version, situation, secondsOf(row.window.to)) ?? Number.NaN
  const toleranceSeconds = situation.scrapeSeconds + batchDeadlineSeconds + clockSeconds
  const {lagSeconds, lagSource} = row.queue
  const reading = {
    version,
    situation,
    phase,
    state: row.state,
    lagSeconds,
    lagSource,
    truthSeconds: truth,
    toleranceSeconds,
  }
  const {suggestion} = situation
  const isAdvised = !isLast || suggestion === undefined || row.suggestion?.kind === suggestion
  const problem = isAdvised ? problemOf(reading, isLast) : `${suggestion} is not suggested: ${row.suggestion?.text}`
  return {...reading, problem}
}

function problemOf({situation, phase, state, ...reading}: Omit<Reading, 'problem'>, isLast: boolean): string | null {
  const {lagSeconds, truthSeconds: truth, toleranceSeconds} = reading
  const expected = isLast ? situation.state : undefined
  if (expected !== undefined && state !== expected) return `it is ${state}, not ${expected}`
  if (situation.saysNothing && phase === 'outage') return state === 'losing' ? null : `it is ${state}, not losing`
  if (lagSeconds === null) return 'its lag is not known'
  const apart = Math.abs(lagSeconds - truth)
  return apart <= toleranceSeconds ? null : `${apart.toFixed(1)} s apart, more than ${toleranceSeconds} s`
}
