/** One named fault: how it is made to happen to real processes of a release, and what a doctor has to say of it. */
import {agentIn} from '../scenarios/parts.ts'
import type {
  AgentSpec,
  Expectation,
  ReceiverBehaviour,
  RemoteWriteSpec,
  Scenario,
  Version,
} from '../scenarios/scenario.ts'

export const everyVersion: readonly Version[] = ['2.42', '2.53', '3.5']

export type Trouble = Omit<Scenario, 'name' | 'title' | 'expect'>

export interface FaultCase {
  /** kebab-case: names the row of the table and the recorded bundle. */
  name: string
  /** The promise that a test of it makes. */
  title: string
  kind: 'fault' | 'pair' | 'healthy'
  /** Releases that can show it; default all that the lab has. */
  versions?: readonly Version[]
  trouble: (version: Version) => Trouble
  expect: Expectation | ((version: Version) => Expectation)
  /** What a machine needs beside Prometheus. */
  needs?: 'disks' | 'victoria-metrics'
  /** Nothing to wait for: the look has to come at once. */
  urgent?: boolean
}

export function expectationOf({expect}: FaultCase, version: Version): Expectation {
  return typeof expect === 'function' ? expect(version) : expect
}

export function versionsOf({versions = everyVersion}: FaultCase): readonly Version[] {
  return versions
}

export function scenarioOf(fault: FaultCase, version: Version): Scenario {
  const {name, title} = fault
  return {name, title, expect: expectationOf(fault, version), ...fault.trouble(version)}
}

/** The one agent of most cases, writing to `central`. */
export function agent(
  version: Version,
  remoteWrite: Partial<RemoteWriteSpec> = {},
  more: Partial<AgentSpec> = {},
): AgentSpec {
  return agentIn('cluster2', version, {remoteWrite: [{to: 'central', ...remoteWrite}], ...more})
}

export function answering(behaviour: ReceiverBehaviour): Trouble['receivers'] {
  return [{kind: 'stand-in', name: 'central', behaviour}]
}
