/**
 * The proof that what an agent's identity writes is stored: one sample, written from here and read back from the central. It stands apart
 * from everything else by its name, a label that says what it is, and a number of its own; it is a write, and made only when asked for.
 */
import {randomBytes} from 'node:crypto'
import type {CanaryEvidence} from '../../evidence/probe.ts'
import type {Collected} from '../../evidence/types.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {pauseUntil} from '../agent/pause.ts'
import type {QueryApi} from '../central/query-api.ts'
import {collected, failure} from '../collected.ts'
import {keepText} from '../redact.ts'
import {encodeWriteRequest} from '../remote-write/write-request.ts'
import {HERE} from './here.ts'
import type {ProbePlan} from './plan.ts'
import type {RemoteCredentials} from './remote.ts'
import {skippedWay, tryWay} from './way.ts'

const CANARY_METRIC = 'promfleet_canary'
/** In one run: each is waited for, and is a write. */
export const MOST_CANARIES = 20
/** Prometheus shows it at once, VictoriaMetrics after ten seconds or so: it searches what it has flushed. */
const VISIBLE_SECONDS = 30
const LOOK_EVERY_MILLISECONDS = 200
const QUERY_SECONDS = 5
/** VictoriaMetrics moves a query about now 30 s back (-search.latencyOffset), and leaves one further ahead alone; all look back for 5 min. */
const AHEAD_SECONDS = 60

/** One for each agent, one after the other; those beyond the most, and those that a stop came before, are told as not written. */
export async function sendCanaries(
  plans: readonly ProbePlan[],
  remote: RemoteCredentials,
  central: QueryApi,
  signal: AbortSignal,
): Promise<CanaryEvidence[]> {
  const told: CanaryEvidence[] = []
  for (const {plan, agent} of plans.flatMap(plan => plan.agents.map(agent => ({plan, agent})))) {
    const why =
      told.length >= MOST_CANARIES
        ? `canaries are written for ${MOST_CANARIES} agents in one run: choose with --agent or --remote-url`
        : signal.aborted
          ? 'the run was stopped before'
          : null
    told.push(
      why === null ? await sendCanary(plan, agent, remote, central, signal) : skippedCanary(plan, agent, central, why),
    )
  }
  return told
}

/** Of an endpoint that cannot be written to from here, and why. */
export function skippedCanaries(plan: ProbePlan, central: QueryApi, why: string): CanaryEvidence[] {
  return plan.agents.map(agent => skippedCanary(plan, agent, central, `canaries are written from here, and ${why}`))
}

function skippedCanary(plan: ProbePlan, agent: AgentFacts, {name}: QueryApi, why: string): CanaryEvidence {
  return {
    agent: agent.key,
    central: keepText(name, 300),
    nonce: '',
    write: skippedWay({...plan, agents: [agent]}, HERE.place, why),
    visible: failure('not-applicable', 'it was not written, so nothing was looked for'),
  }
}

async function sendCanary(
  plan: ProbePlan,
  agent: AgentFacts,
  remote: RemoteCredentials,
  central: QueryApi,
  signal: AbortSignal,
): Promise<CanaryEvidence> {
  const nonce = randomBytes(8).toString('hex')
  const atMilliseconds = Date.now()
  const labels = {
    ...agent.externalLabels,
    __name__: CANARY_METRIC,
    promfleet: 'canary',
    promfleet_nonce: nonce,
  }
  const body = encodeWriteRequest([{labels, samples: [{value: 1, atMilliseconds}]}])
  // Version 1 of the protocol is what every receiver takes.
  const settings = {...plan.settings, protobufMessage: 'prometheus.WriteRequest'}
  const write = await tryWay({...plan, settings, agents: [agent]}, HERE, remote, signal, body)
  const isWritten = write.http?.ok === true && write.http.value.status >= 200 && write.http.value.status < 300
  return {
    agent: agent.key,
    central: keepText(central.name, 300),
    nonce,
    write,
    visible: isWritten
      ? await waitUntilVisible(central, nonce, signal)
      : failure('not-applicable', 'it was not written, so nothing was looked for'),
  }
}

async function waitUntilVisible(
  central: QueryApi,
  nonce: string,
  signal: AbortSignal,
): Promise<Collected<{afterSeconds: number | null}>> {
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  while (seconds() < VISIBLE_SECONDS && !signal.aborted) {
    const answer = await central.query(`${CANARY_METRIC}{promfleet_nonce="${nonce}"}`, {
      signal,
      timeoutSeconds: QUERY_SECONDS,
      atSeconds: Date.now() / 1000 + AHEAD_SECONDS,
    })
    if (!answer.ok) return answer
    if (answer.value.samples.length > 0) return collected({afterSeconds: seconds()})
    await pauseUntil(Date.now() + LOOK_EVERY_MILLISECONDS, signal)
  }
  return collected({afterSeconds: null})
}
