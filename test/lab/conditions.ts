/** Waits until something is true of the lab's agents, by their own metrics; never for a fixed time. */
import {setTimeout as wait} from 'node:timers/promises'
import type {Condition} from '../scenarios/scenario.ts'
import type {PrometheusProcess} from './prometheus-process.ts'

const highestSent = 'prometheus_remote_storage_queue_highest_sent_timestamp_seconds'

/** Sends anything at all: a batch has finished. */
export const hasSent: Condition = {kind: 'metric', metric: highestSent, atLeast: 1}

/** Resolves when `condition` holds. Rejects when it does not within `timeoutSeconds`, saying what was seen last, and when its process ends. */
export async function waitForCondition(
  agent: PrometheusProcess,
  name: string,
  condition: Condition,
  timeoutSeconds: number,
): Promise<void> {
  await waitUntil(`${name}: ${describe(condition)}`, timeoutSeconds, async () => {
    const answer = await agent.get('/metrics')
    if (answer === null) {
      if (!agent.process.isRunning()) throw new Error(`${name}: its process has ended, see ${agent.logFile}`)
      return `no answer from ${name}'s /metrics`
    }
    const seen = measure(condition, answer.text)
    return seen.met ? null : `${seen.what} is ${seen.value}`
  })
}

/** Resolves when its web server says that it is ready. */
export async function waitForReady(prometheus: PrometheusProcess, name: string, timeoutSeconds: number): Promise<void> {
  await waitUntil(`${name} to be ready`, timeoutSeconds, async () => {
    const answer = await prometheus.get('/-/ready')
    if (answer?.status === 200) return null
    if (!prometheus.process.isRunning()) throw new Error(`${name}: its process has ended, see ${prometheus.logFile}`)
    return answer ? `answer ${answer.status}` : 'no answer'
  })
}

/** Resolves when `look` gives null; it gives what it saw otherwise. */
export async function waitUntil(
  what: string,
  timeoutSeconds: number,
  look: () => Promise<string | null>,
  pollEverySeconds = 0.5,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000
  for (;;) {
    const seen = await look()
    if (seen === null) return
    if (Date.now() > deadline) throw new Error(`waited ${timeoutSeconds} s in vain for ${what}: ${seen}`)
    await wait(pollEverySeconds * 1000)
  }
}

export function measure(condition: Condition, text: string): {met: boolean; what: string; value: number} {
  const nowSeconds = Date.now() / 1000
  if (condition.kind === 'uptime') {
    const value = nowSeconds - (valuesOf(text, 'process_start_time_seconds')[0] ?? nowSeconds)
    return {met: value >= condition.seconds, what: 'uptime', value}
  }
  if (condition.kind === 'nothing-sent-for') {
    const value = nowSeconds - Math.max(...valuesOf(text, highestSent), 0)
    return {met: value >= condition.seconds, what: 'seconds since the newest sample sent', value}
  }
  const value = valuesOf(text, condition.metric).reduce((sum, one) => sum + one, 0)
  return {met: value >= condition.atLeast, what: condition.metric, value}
}

export function describe(condition: Condition): string {
  if (condition.kind === 'uptime') return `up for ${condition.seconds} s`
  if (condition.kind === 'nothing-sent-for') return `nothing sent for ${condition.seconds} s`
  return `${condition.metric} of at least ${condition.atLeast}`
}

/** Values of one metric's series in exposition text. */
export function valuesOf(text: string, metric: string): number[] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`))
    .map(line => Number(line.slice(line.lastIndexOf(' ') + 1)))
}
