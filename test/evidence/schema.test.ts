import {expect, it} from 'vitest'
import type * as z from 'zod/mini'
import type {Bundle, FleetEvidence} from '../../src/evidence/fleet.ts'
import {type bundleSchema, fleetEvidenceSchema} from '../../src/evidence/schema.ts'
import {aFleet} from '../builders/evidence.ts'

/** True when each can stand for the other: a field that one of them lacks, or has of another type, makes it false. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

it('the schema and the types say the same (tsc judges it)', () => {
  const evidence: Same<z.infer<typeof fleetEvidenceSchema>, FleetEvidence> = true
  const bundle: Same<z.infer<typeof bundleSchema>, Bundle> = true
  expect([evidence, bundle]).toEqual([true, true])
})

it('evidence passes the schema unchanged', () => {
  expect(fleetEvidenceSchema.parse(aFleet())).toEqual(aFleet())
})
