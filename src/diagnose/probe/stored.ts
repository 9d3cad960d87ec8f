/** Whether what agents send is stored at the central, and what that does to the verdict about their way there; pure. */
import type {AgentFacts} from '../../facts/types.ts'
import {agentWords} from '../../facts/words.ts'
import {formatNumberOf, formatSeconds, timestampOf} from '../../units.ts'
import {reportAtCentral} from '../central-report.ts'
import {decideQueueState} from '../state.ts'
import {isDoubt} from './doubt.ts'
import type {ProbeVerdict, StoredProof} from './endpoint-probe.ts'
import {holdsNewestSent, mayBeOver} from './refused-before.ts'

/** Of each queue that writes to the address and of which a central is known; those in doubt first. */
export function storedOf(writers: readonly AgentFacts[], address: string): StoredProof[] {
  return writers
    .flatMap(agent =>
      agent.queues.flatMap((queue): StoredProof[] => {
        const {name, endpoint, atCentral, highestSentSeconds, levels} = queue
        // Why a central could not be read is said once, and not of every agent.
        if (endpoint?.address !== address || atCentral === null || atCentral.central.problem !== null) return []
        const {holes: _, ...stored} = reportAtCentral(atCentral)
        const decision = decideQueueState(agent, queue)
        return [
          {
            agent: agent.key,
            place: agentWords(agent),
            queue: name,
            ...stored,
            limitSeconds: atCentral.limitSeconds,
            isShared: atCentral.isShared,
            newestSentAt: highestSentSeconds === null ? null : timestampOf(highestSentSeconds),
            isRefused: levels.failed > 0 && decision.state === 'losing' && !mayBeOver(agent, queue, decision),
            holdsNewestSent: holdsNewestSent(agent, queue),
            contradicts: stored.freshness === 'old' && atCentral.claimsDelivery,
          },
        ]
      }),
    )
    .sort((a, b) => DOUBT.indexOf(a.freshness) - DOUBT.indexOf(b.freshness))
}

const DOUBT: readonly StoredProof['freshness'][] = ['old', 'unknown', 'between', 'fresh']

/** 2xx is an answer and no promise: what the store holds has the last word, where it is known to be the one that is written to. */
export function judgeStored(verdict: ProbeVerdict, stored: readonly StoredProof[], address: string): ProbeVerdict {
  if (verdict.outcome === 'broken') return verdict // what is fresh there may be from just before it broke
  const missing = stored.filter(({contradicts}) => contradicts)
  const proven = missing.filter(({proof}) => proof !== null)
  if (proven.length > 0) return notStored(verdict, proven, address)
  // A store that hangs or is gone now may have taken what is fresh there just before.
  if (isDoubt(verdict)) return verdict
  const [first] = missing
  if (first !== undefined) {
    return {
      ...verdict,
      outcome: 'unknown',
      believe: null,
      title: `${deliver(missing)}, and the central ${first.address} has nothing fresh of ${missing.length === 1 ? 'it' : 'them'}`,
      why: 'Either it writes to another store than this, or what it sends is answered and not stored.',
      next: [seeWhatAnswers(address), 'see that the central that was named is the one behind this address'],
    }
  }
  const isAllStored = stored.length > 0 && stored.every(({freshness, isShared}) => freshness === 'fresh' && !isShared)
  if (verdict.outcome !== 'unknown' || !isAllStored) return verdict
  const wasRefused = verdict.layer === 'accept'
  // What is fresh there may be from before the refusals.
  if (wasRefused && !stored.every(proof => proof.holdsNewestSent)) return verdict
  const oldest = Math.max(...stored.map(({ageSeconds}) => ageSeconds ?? 0))
  return {
    outcome: 'works',
    layer: null,
    class: null,
    believe: 'central',
    next: wasRefused ? verdict.next : [],
    title: `what ${stored.length === 1 ? 'the agent sends' : `${formatNumberOf(stored.length, 'queue')} send`} is stored`,
    why: wasRefused
      ? 'Believe the central: it stores the newest that was sent, so the way works. Whether a part is still refused a longer look tells.'
      : `Believe the central: its newest sample is ${formatSeconds(oldest)} old. ${verdict.why}`.trim(),
  }
}

function notStored(verdict: ProbeVerdict, missing: readonly StoredProof[], address: string): ProbeVerdict {
  const [first] = missing
  const ages = missing.flatMap(({ageSeconds}) => ageSeconds ?? [])
  const newest =
    ages.length === 0 ? 'none within the last 5 min' : `newest sample ${formatSeconds(Math.min(...ages))} old`
  return {
    ...verdict,
    outcome: 'broken',
    layer: null,
    class: null,
    believe: 'central',
    title: `${deliver(missing)}, and the central ${first?.address ?? ''} does not store it: ${newest}`,
    why: 'Believe the central: the address is proven to lead to it, and 2xx is an answer, not a promise. The agent takes it for success and forgets the samples: they are lost.',
    next: [seeWhatAnswers(address), '"promfleet doctor" with the same --central flags has the measurements'],
  }
}

const deliver = (stored: readonly StoredProof[]): string =>
  stored.length === 1 ? `${stored[0]?.place} delivers` : `${formatNumberOf(stored.length, 'queue')} deliver`

const seeWhatAnswers = (address: string): string =>
  `see what answers there: curl -si ${address} (a receiver says 405 to a GET; anything else is in front of it, or in its place)`
