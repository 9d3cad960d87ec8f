/** Evidence to text and back. Live runs judge `decode(encode(evidence))`, so that a stored take gives the same report. */
import type {FleetEvidence} from './types.ts'

export const evidenceSchemaVersion = 1

export function encodeEvidence(evidence: FleetEvidence): string {
  return JSON.stringify(evidence)
}

/** Throws an Error that says what is wrong when the text is not evidence of a version this promfleet reads. */
export function decodeEvidence(text: string): FleetEvidence {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) {
    throw new Error('not promfleet evidence: it has no schemaVersion')
  }
  if (value.schemaVersion !== evidenceSchemaVersion) {
    throw new Error(
      `evidence of schema version ${String(value.schemaVersion)}; this promfleet reads ${evidenceSchemaVersion}`,
    )
  }
  return value as FleetEvidence
}
