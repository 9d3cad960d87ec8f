/** `promfleet lag --watch -o json` on real agents, while their central is stopped and started again, and an agent restarts. */
import {existsSync} from 'node:fs'
import path from 'node:path'
import {createInterface} from 'node:readline'
import {execa} from 'execa'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {LagChange} from '../../src/diagnose/lag/changes.ts'
import type {LagReport, LagRow} from '../../src/diagnose/lag/lag-report.ts'
import type {QueueReport} from '../../src/diagnose/report.ts'
import {secondsOf} from '../../src/units.ts'
import {versionsOf} from '../scenarios/index.ts'
import {agentIn, central, oldEnough} from '../scenarios/parts.ts'
import type {Scenario} from '../scenarios/scenario.ts'
import {type Lab, startLab} from './lab.ts'
import {findPrometheus} from './prometheus.ts'

const program = path.resolve(import.meta.dirname, '../../bin/run.js')
if (!existsSync(program)) throw new Error(`${program} is not there`)
const binaries = await findPrometheus()
const scenario: Scenario = {
  name: 'watched',
  title: 'agents of every release, whose central is away for a while',
  receivers: [central],
  agents: [agentIn('cluster2', '2.42'), agentIn('cluster3', '2.53'), agentIn('cluster4', '3.5')],
  until: [oldEnough],
  expect: {topCause: null, state: 'delivering', exitCode: 0},
}
const missing = versionsOf(scenario).filter(version => binaries.paths[version] === null)
if (missing.length > 0) console.error(`skipped: lag --watch on real agents (no Prometheus ${missing.join(', ')})`)

type Frame = LagReport & {changes: LagChange[]}
interface QueueRow extends LagRow {
  queue: QueueReport
}

/** Prints a document a line for as long as it runs. */
function startWatch(kubeconfig: string, contexts: string[]) {
  const args = ['lag', '--watch', '--interval', '2s', '-o', 'json', ...contexts.flatMap(name => ['--context', name])]
  const run = execa(process.execPath, [program, ...args], {
    reject: false,
    stdin: 'ignore',
    buffer: {stdout: false},
    env: {KUBECONFIG: kubeconfig},
  })
  const frames: Frame[] = []
  const listeners = new Set<(frame: Frame) => void>()
  createInterface({input: run.stdout}).on('line', line => {
    const frame = JSON.parse(line) as Frame
    frames.push(frame)
    for (const listener of listeners) listener(frame)
  })
  /** The first frame from now on of which it holds; the program's end is the only other way out. */
  const until = (holds: (frame: Frame) => boolean) =>
    new Promise<Frame>((resolve, reject) => {
      const listener = (frame: Frame) => {
        if (!holds(frame)) return
        listeners.delete(listener)
        resolve(frame)
      }
      listeners.add(listener)
      void run.then(({stderr}) => reject(new Error(`it ended: ${stderr}`)))
    })
  return {run, frames, until}
}

const rowsOf = ({rows}: Frame): QueueRow[] => rows.filter((row): row is QueueRow => row.queue !== null)
const all = (frame: Frame, holds: (row: QueueRow) => boolean) => {
  const rows = rowsOf(frame)
  return rows.length === scenario.agents.length && rows.every(holds)
}

describe.skipIf(missing.length > 0)('lag --watch', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab([scenario], {binaries})
    await lab.ready(scenario)
  }, 200_000)
  afterAll(async () => lab?.stop())

  it('tells the true story of an outage at each moment, and of an agent that restarts', {
    timeout: 240_000,
  }, async () => {
    const watch = startWatch(lab.kubeconfig, lab.agentContexts(scenario))
    try {
      await watch.until(frame => all(frame, ({state, window}) => state === 'delivering' && window.scrapes > 1))

      let startAgain = () => {}
      const [store] = lab.centrals(scenario)
      const stopping = watch.frames.length
      const isBack = store?.restart(
        () =>
          new Promise(resolve => {
            startAgain = resolve
          }),
      )
      const first = await watch.until(frame => all(frame, ({state}) => state === 'behind'))
      const outage = watch.frames.length - 1
      await watch.until(frame => all(frame, ({queue}) => Number(queue.lagSeconds) > 45))
      const starting = watch.frames.length
      startAgain()
      await isBack

      expect(first.exitCode).toBe(1)
      for (const frame of watch.frames.slice(outage, starting)) {
        for (const {queue, state} of rowsOf(frame)) {
          expect(state).toBe('behind')
          expect(queue.deliveredPerSecond).toBe(0)
          expect(queue.catchUp).toEqual({seconds: null, verdict: 'never'})
          expect(queue.lossClock.status).toBe('known')
          expect(queue.lossClock.earliestSeconds).toBeGreaterThan(0)
          // No more than the time since the newest sample that was delivered.
          const age = secondsOf(frame.takenAt) - secondsOf(queue.lastDeliveredAt ?? '')
          expect(queue.lagSeconds).toBeLessThanOrEqual(age + 2)
        }
      }
      for (const key of rowsOf(first).map(row => row.key)) {
        // Of an agent that was too busy to answer, a frame shows no queue.
        const lags = watch.frames.slice(outage, starting).flatMap(frame => {
          return rowsOf(frame).flatMap(row => (row.key === key ? Number(row.queue.lagSeconds) : []))
        })
        expect(lags).toEqual([...lags].sort((a, b) => a - b))
      }

      const caughtUp = await watch.until(frame => {
        return all(frame, ({state, queue}) => state === 'delivering' && Number(queue.lagSeconds) < 10)
      })
      expect(caughtUp.exitCode).toBe(0)
      expect(caughtUp.rows.flatMap(({queue}) => queue?.losses ?? [])).toEqual([])
      const watched = watch.frames.slice(stopping)
      for (const {key, context, pod} of rowsOf(caughtUp)) {
        const states = watched.flatMap(frame => frame.rows.flatMap(row => (row.key === key ? row.state : [])))
        const known = states.filter(state => state !== 'unknown')
        expect(known.filter((state, index) => state !== known[index - 1])).toEqual([
          'delivering',
          'behind',
          'delivering',
        ])
        const told = watched.flatMap(({changes}) => changes).filter(change => change.context === context)
        expect(told.filter(({agent}) => agent === pod).map(({what}) => what)).toEqual(
          expect.arrayContaining([expect.stringMatching(/-> behind: /), expect.stringMatching(/-> delivering$/)]),
        )
      }

      const restarting = watch.frames.length
      await lab.agents(scenario)[2]?.restart()
      const restarted = await watch.until(frame => rowsOf(frame).some(({stateReason}) => /started/.test(stateReason)))
      expect(rowsOf(restarted).find(({stateReason}) => /started/.test(stateReason))?.state).toBe('unknown')
      await watch.until(frame => all(frame, ({queue}) => queue.deliveredPerSecond !== null))
      for (const frame of watch.frames.slice(restarting)) {
        expect(frame.rows.map(({state}) => state)).not.toContain('losing')
      }
      const rates = watch.frames.flatMap(frame => rowsOf(frame).flatMap(({queue}) => queue.deliveredPerSecond ?? []))
      expect(Math.min(...rates)).toBeGreaterThanOrEqual(0)
    } finally {
      watch.run.kill('SIGTERM')
    }
    expect((await watch.run).exitCode).toBe(143)
  })
})
