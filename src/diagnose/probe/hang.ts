/** A receiver that takes the connection and answers nothing: it may hang, while an agent's figures still tell of the time before. Pure. */
import {secondsOf} from '../../units.ts'
import type {ProbeVerdict, ProbeView} from './probe-report.ts'

/** How old an agent's own figures may be, by the time the probe began, to say anything of that moment. */
const MOST_SECONDS_BEFORE = 60

/** The connection is made, so it is no name, firewall or route; then time runs out in the TLS handshake or before the answer. */
export function hangs({outcome, layer, class: errorClass}: ProbeView): boolean {
  return outcome === 'fails' && errorClass === 'timed-out' && (layer === 'tls' || layer === 'http')
}

/** Batches were finished between its two scrapes, just before. */
export function hasJustFinished({finishes, at}: ProbeView, hanging: ProbeView): boolean {
  if (finishes !== true) return false
  return at === null || hanging.at === null || secondsOf(hanging.at) - secondsOf(at) <= MOST_SECONDS_BEFORE
}

/** That the agent "delivers" is then of before: its levels look the same for as long as they are read only once. */
export function notAnswered(works: readonly ProbeView[], hanging: ProbeView, scope: string): ProbeVerdict {
  const {layer, class: errorClass, from, place} = hanging
  const where = from === 'here' ? 'from here' : `from ${place}`
  const theirs = works.length === 1 ? 'the agent is' : 'the agents are'
  return {
    outcome: 'unknown',
    layer,
    class: errorClass,
    believe: null,
    title: `the receiver may hang: ${where} the connection is made and nothing answers`,
    why: `The connection is made and nothing answers: the receiver may hang. ${whyNotTold(works)} whether ${theirs} stuck, too.`,
    next: [`take two scrapes, which tell: promfleet probe${scope} --interval 30s`],
  }
}

function whyNotTold(works: readonly ProbeView[]): string {
  if (works.some(({finishes}) => finishes === true)) return 'What the agent has measured is of before, and cannot tell'
  return works.some(({finishes}) => finishes === false)
    ? 'Nothing was finished between the two scrapes, which were too close to tell'
    : 'One scrape cannot tell yet'
}

/** For an agent that is believed all the same. */
export const ANSWERS_OTHERS =
  'Believe the agent: it was answered a moment before. The receiver answers it and not this machine (a limit, or a list of who may write), or has just stopped answering: run it again.'
