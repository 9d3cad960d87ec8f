/** The canaries of one address: what was written, and whether it showed at the central; part of the reports of probe and doctor. */
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {ProbeEvidence} from '../../evidence/probe.ts'
import type {LayerFacts} from '../../facts/probe/layers.ts'
import {readProbes} from '../../facts/probe/probe.ts'
import type {CanaryOutcome, EndpointProbe} from './endpoint-probe.ts'

/** Nothing where none was asked for. */
export function reportCanaries({canaries}: FleetEvidence, address: string): Pick<EndpointProbe, 'canaries'> {
  const own = canaries?.filter(({write}) => write.address === address) ?? []
  if (own.length === 0) return {}
  return {
    canaries: own.map(({agent, central, write, visible}) => {
      const {http} = write
      const isWritten = http?.ok === true && http.value.status >= 200 && http.value.status < 300
      const [way] = readProbes({probes: [write]})
      const afterSeconds = visible.ok ? visible.value.afterSeconds : null
      const problem = write.skipped
        ? `it was not written: ${write.skipped}. What the central stores of the agent's own series (stored) needs no write`
        : !isWritten
          ? `it was not taken: ${(way?.failing ?? way?.unknown)?.says ?? 'no answer'}`
          : !visible.ok
            ? `it could not be looked for: ${visible.detail}`
            : afterSeconds === null
              ? `it was taken, and ${central} did not show it: it may be another store than the one that is written to`
              : null
      return {
        agent,
        central,
        outcome: problem === null ? 'stored' : canaryOutcome(write, way?.failing ?? null),
        writeSeconds: isWritten ? write.seconds : null,
        visibleAfterSeconds: afterSeconds,
        problem,
      }
    }),
  }
}

/** Of one that did not show. Where an answer was waited for in vain, it may have been taken. */
function canaryOutcome({skipped, http}: ProbeEvidence, failing: LayerFacts | null): CanaryOutcome {
  if (skipped !== null) return 'not-written'
  if (http?.ok === true) return http.value.status >= 200 && http.value.status < 300 ? 'unknown' : 'refused'
  return failing !== null && failing.layer !== 'http' ? 'not-taken' : 'unknown'
}
