/**
 * What leaves it in doubt whether agents still deliver: a receiver that takes the connection and answers nothing, or that nobody answers
 * for any more. It may hang or have stopped, while an agent's figures still tell of the time before. Pure.
 */
import type {ErrorClass} from '../../facts/log/signatures/signature.ts'
import {secondsOf} from '../../units.ts'
import type {ProbeVerdict, ProbeView} from './endpoint-probe.ts'

/** How old an agent's own figures may be, by the time the probe began, to say anything of that moment. */
const MOST_SECONDS_BEFORE = 60

/** What a receiver that has stopped looks like, and whatever stands in front of one; a firewall may refuse, too. */
const STOPPED: readonly (ErrorClass | null)[] = [
  'refused',
  'connection-reset',
  'bad-gateway',
  'gateway-timeout',
  'unavailable',
  'server-error',
]

/** The connection is made, so it is no name, firewall or route; then time runs out in the TLS handshake or before the answer. */
export function hangs({outcome, layer, class: errorClass}: ProbeView): boolean {
  return outcome === 'fails' && errorClass === 'timed-out' && (layer === 'tls' || layer === 'http')
}

export function mayHaveStopped({outcome, class: errorClass}: ProbeView): boolean {
  return outcome === 'fails' && STOPPED.includes(errorClass)
}

/** Of a verdict that is no more than a doubt: what a store still shows may be of just before, as an agent's figures may. */
export function isDoubt({outcome, class: errorClass}: ProbeVerdict): boolean {
  return outcome === 'unknown' && (errorClass === 'timed-out' || STOPPED.includes(errorClass))
}

/** Batches were finished between its two scrapes, just before. */
export function hasJustFinished({finishes, at}: ProbeView, failing: ProbeView): boolean {
  if (finishes !== true) return false
  return at === null || failing.at === null || secondsOf(failing.at) - secondsOf(at) <= MOST_SECONDS_BEFORE
}

/** That the agent "delivers" is then of before: its levels look the same for as long as they are read only once. */
export function notAnswered(works: readonly ProbeView[], failing: ProbeView, scope: string): ProbeVerdict {
  const {layer, class: errorClass, from, place} = failing
  const where = from === 'here' ? 'from here' : `from ${place}`
  const theirs = works.length === 1 ? 'the agent is' : 'the agents are'
  const stopped = mayHaveStopped(failing)
  const seen = stopped ? stoppedWords(failing) : 'the connection is made and nothing answers'
  const may = `the receiver may ${stopped ? 'have stopped' : 'hang'}`
  const alike = stopped && from === 'here' ? `, or ${lookalike(errorClass)}` : ''
  return {
    outcome: 'unknown',
    layer,
    class: errorClass,
    believe: null,
    title: `${may}: ${where} ${seen}`,
    why: `${capital(seen)}: ${may}${alike}. ${whyNotTold(works)} whether ${theirs} stuck, too.`,
    next: [
      `take two scrapes, which tell: promfleet probe${scope} --interval 30s`,
      ...(alike === ''
        ? []
        : [`or try it from the pod, whose way it is (runs nc there): promfleet probe${scope} --from-pod`]),
    ],
  }
}

function stoppedWords({class: errorClass, says}: ProbeView): string {
  if (errorClass === 'refused') return 'the connection is refused'
  if (errorClass === 'connection-reset') return 'the connection is made and ended without an answer'
  return `the answer is ${/^\d{3}\b/.exec(says)?.[0] ?? 'an error'}`
}

/** What looks the same from a machine that is not the agent's. */
function lookalike(errorClass: ErrorClass | null): string {
  return errorClass === 'refused' || errorClass === 'connection-reset'
    ? 'something between (a firewall, a VPN) refuses this machine alone'
    : 'another answers under the same address here'
}

function whyNotTold(works: readonly ProbeView[]): string {
  if (works.some(({finishes}) => finishes === true)) return 'What the agent has measured is of before, and cannot tell'
  return works.some(({finishes}) => finishes === false)
    ? 'Nothing was finished between the two scrapes, which were too close to tell'
    : 'One scrape cannot tell yet'
}

function capital(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}

/** For an agent that is believed all the same. */
export const ANSWERS_OTHERS =
  'Believe the agent: it was answered a moment before. The receiver answers it and not this machine (a limit, or a list of who may write), or has just stopped answering: run it again.'
