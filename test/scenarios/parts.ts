/** Parts that scenarios share: a central that takes writes, an agent that writes to it. */
import type {AgentSpec, BasicAuth, Condition, ReceiverSpec, Version} from './scenario.ts'

export const central = {
  kind: 'prometheus',
  name: 'central',
  context: 'cluster1',
  version: '3.5',
  takesRemoteWrite: true,
} as const satisfies ReceiverSpec

/** What the lab's protected centrals want. */
export const credentials: BasicAuth = {username: 'agent', password: 'lab-password'}
export const wrongCredentials: BasicAuth = {username: 'agent', password: 'last-years-password'}

export function agentIn(context: string, version: Version, more: Partial<AgentSpec> = {}): AgentSpec {
  return {context, name: 'agent-0', version, remoteWrite: [{to: 'central'}], ...more}
}

/** Old enough that silence means something: below a minute an agent is young, and every state but a bad one unknown. */
export const oldEnough: Condition = {kind: 'uptime', seconds: 62}

/** Longer than a scrape interval of 1 s and 20 s, from which on an unfinished queue is blocked rather than slow. */
export const stuck: Condition = {kind: 'nothing-sent-for', seconds: 25}

export const refusing: Condition = {
  kind: 'metric',
  metric: 'prometheus_remote_storage_samples_failed_total',
  atLeast: 1,
}
export const retrying: Condition = {
  kind: 'metric',
  metric: 'prometheus_remote_storage_samples_retried_total',
  atLeast: 1,
}
