import assert from 'node:assert/strict'
import fc from 'fast-check'
import {it} from 'vitest'
import {asReplayed, cleanEvidence} from '../../../src/collect/bundle/clean-evidence.ts'
import type {FleetEvidence} from '../../../src/evidence/fleet.ts'
import {fleetFromCentral, look, queue, queues} from '../../builders/central-fleet.ts'
import {fuzzTimeoutMs, holds, hostileText, UNSAFE} from '../../fuzz.ts'

it('a live take says what a replay of it would say, whatever its texts and labels are', {
  timeout: fuzzTimeoutMs,
}, () => {
  const text = fc.oneof(
    fc.string({maxLength: 8}),
    hostileText(['a', '"', '\\', '\\n', '\u200b', '\u0085', '\ud83d\ude00'], 4),
  )
  return holds(fc.tuple(text, text, text), ([name, value, url]) => {
    const labels = {cluster: value, [name]: 'x'}
    const taken = fleetFromCentral({
      identityLabels: ['cluster', name],
      looks: [look([[labels, 5]])],
      queues: queues(queue(labels, {url, pendingSamples: undefined})),
    })
    const replayed = asReplayed(taken)
    assert.deepEqual(replayed, cleanEvidence(JSON.parse(JSON.stringify(taken)) as FleetEvidence))
    for (const written of textsOf(replayed)) assert.doesNotMatch(written, UNSAFE)
  })
})

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null
    ? [...Object.keys(value), ...Object.values(value).flatMap(textsOf)]
    : []
}
