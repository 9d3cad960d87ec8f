/**
 * Reads values of a configuration parsed with YAML's failsafe schema, where every scalar is a string. A value of the wrong kind
 * counts as absent.
 */
import {parseDurationSeconds} from '../duration.ts'

export type Section = Record<string, unknown>

export function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isGiven(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : isSection(value) && Object.keys(value).length > 0
}

export function section(value: unknown): Section {
  return isSection(value) ? value : {}
}

export function sections(value: unknown): Section[] {
  return Array.isArray(value) ? value.filter(isSection) : []
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export function list(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

export function strings(value: unknown): Record<string, string> {
  const entries = Object.entries(section(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries)
}

export function flag(value: unknown, otherwise: boolean): boolean {
  return typeof value === 'string' && value !== '' ? value.toLowerCase() === 'true' : otherwise
}

export function number(value: unknown, otherwise: number): number {
  const read = typeof value === 'string' && value !== '' ? Number(value) : Number.NaN
  return Number.isFinite(read) ? read : otherwise
}

export function seconds(value: unknown, otherwise: number): number {
  return (typeof value === 'string' ? parseDurationSeconds(value) : null) ?? otherwise
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** `10MB` is 10 x 2^20 bytes, as units.Base2Bytes reads it; 0 when absent. */
export function bytes(value: unknown): number {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)([KMGT]?I?B?)$/i.exec(value) : null
  return match ? Number(match[1]) * (BYTES_PER_UNIT[(match[2] ?? '').toUpperCase()] ?? 1) : 0
}
