/** The agent's own /api/v1: configuration, flags, build and runtime information. Agents serve these like servers do. */
import type {Collected} from '../../evidence/types.ts'
import {failure} from '../collected.ts'
import type {AgentConnection} from '../connections.ts'
import {isRecord} from '../is-record.ts'
import {keepText, keepValue, redactConfig} from '../redact.ts'
import {apiData} from './answers.ts'

const TIMEOUT_SECONDS = 15
const MAX_BYTES = 32 * 2 ** 20

async function getData(
  connection: Pick<AgentConnection, 'get'>,
  path: string,
  signal: AbortSignal,
): Promise<Collected<unknown>> {
  return apiData(await connection.get(path, {signal, timeoutSeconds: TIMEOUT_SECONDS, maxBytes: MAX_BYTES}), path)
}

/** The running configuration, defaults filled in, as YAML; secrets and header values are replaced. */
export async function readConfig(
  connection: Pick<AgentConnection, 'get'>,
  prefix: string,
  signal: AbortSignal,
): Promise<Collected<string>> {
  const path = `${prefix}/api/v1/status/config`
  const data = await getData(connection, path, signal)
  if (!data.ok) return data
  if (!isRecord(data.value) || typeof data.value.yaml !== 'string')
    return failure('malformed', `${path} has no "yaml" in its answer`)
  return {...data, value: redactConfig(data.value.yaml)}
}

/** Every flag with its value as text, unset ones with their default. */
export async function readFlags(
  connection: Pick<AgentConnection, 'get'>,
  prefix: string,
  signal: AbortSignal,
): Promise<Collected<Record<string, string>>> {
  const values = await readValues(connection, `${prefix}/api/v1/status/flags`, signal)
  return values.ok ? {...values, value: mapValues(values.value, String)} : values
}

export async function readBuildInfo(
  connection: Pick<AgentConnection, 'get'>,
  prefix: string,
  signal: AbortSignal,
): Promise<Collected<Record<string, string>>> {
  const values = await readValues(connection, `${prefix}/api/v1/status/buildinfo`, signal)
  return values.ok ? {...values, value: mapValues(values.value, String)} : values
}

export function readRuntimeInfo(
  connection: Pick<AgentConnection, 'get'>,
  prefix: string,
  signal: AbortSignal,
): Promise<Collected<Record<string, string | number | boolean>>> {
  return readValues(connection, `${prefix}/api/v1/status/runtimeinfo`, signal)
}

/** Plain values only, texts cleaned and redacted; releases differ in what else is there. */
async function readValues(
  connection: Pick<AgentConnection, 'get'>,
  path: string,
  signal: AbortSignal,
): Promise<Collected<Record<string, string | number | boolean>>> {
  const data = await getData(connection, path, signal)
  if (!data.ok) return data
  if (!isRecord(data.value)) return failure('malformed', `${path} answered no object`)
  const values: Record<string, string | number | boolean> = {}
  for (const [key, value] of Object.entries(data.value).slice(0, 1000)) {
    if (typeof value === 'string') values[keepText(key, 200)] = keepValue(key, value, 2000)
    else if (typeof value === 'number' || typeof value === 'boolean') values[keepText(key, 200)] = value
  }
  return {...data, value: values}
}

function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
