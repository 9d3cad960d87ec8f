/** Whether what agents send is stored, in lines below an endpoint: the newest sample at the central beside the newest that was sent. */
import type {EndpointProbe, StoredProof} from '../../diagnose/probe/endpoint-probe.ts'
import type {ProbeReport} from '../../diagnose/probe/probe-report.ts'
import {formatClockSeconds, formatNumberOf, formatSeconds, secondsOf} from '../../units.ts'
import {labelWords} from '../central-lines.ts'

const mostShown = 3

export function storedLines(
  {stored = []}: EndpointProbe,
  {verbose = false, hasCentral = false}: {verbose?: boolean; hasCentral?: boolean},
): (readonly [string, string])[] {
  // Where no central is known at all that is said once.
  if (stored.length === 0 && hasCentral) return [['stored', 'not known: no central was found behind this address']]
  const shown = verbose ? stored : stored.slice(0, mostShown)
  const rest = stored.slice(shown.length)
  return [
    ...shown.map(proof => ['stored', `${proof.place}: ${wordsOf(proof)}`] as const),
    ...(rest.length > 0
      ? [['', `and ${formatNumberOf(rest.length, 'more agent')}, ${freshWords(rest)} (-v shows them)`] as const]
      : []),
  ]
}

function wordsOf(proof: StoredProof): string {
  const {
    address,
    identity,
    freshness,
    unknownBecause,
    newestSampleAt,
    ageSeconds,
    newestSentAt,
    limitSeconds,
    isRefused,
  } = proof
  if (freshness === 'unknown') return `not known: ${unknownBecause ?? ''}`
  const labels = identity === null ? '' : ` of {${labelWords(identity)}}`
  const refused = isRefused ? ', refused' : ''
  const shared = proof.isShared ? ', but others write under these labels, too, so it may be theirs' : ''
  if (newestSampleAt === null || ageSeconds === null) {
    const sent =
      newestSentAt === null ? '' : `; the agent's last attempt: ${formatClockSeconds(newestSentAt)}${refused}`
    return `${NOT_STORED}the central ${address} has no sample${labels} of the last 5 min${sent}`
  }
  const lead =
    isRefused && freshness === 'fresh'
      ? 'what is refused is not stored: '
      : isRefused || freshness === 'old'
        ? NOT_STORED
        : ''
  // Both by the clock of the agent, at the moment at which the central was asked.
  const sentAge = newestSentAt === null ? null : ageSeconds + secondsOf(newestSampleAt) - secondsOf(newestSentAt)
  const sent =
    sentAge === null
      ? ''
      : `, the newest that the agent has ${isRefused ? 'tried to send' : 'sent'} ${secondsWords(sentAge)}${refused}`
  const remark = {
    fresh: '',
    between: '; older than it should be',
    old: ` (limit ${formatSeconds(limitSeconds)})`,
  }[freshness]
  return `${lead}newest sample${labels} at the central ${address} is ${secondsWords(ageSeconds)} old${sent}${remark}${shared}`
}

/** The lines stand below "stored", and begin with a figure otherwise. */
const NOT_STORED = 'not stored: '

/** Clocks are known to a second. */
const secondsWords = (seconds: number): string => formatSeconds(Math.max(0, Math.ceil(seconds)))

function freshWords(rest: readonly StoredProof[]): string {
  if (rest.every(({freshness}) => freshness === 'fresh')) return 'fresh'
  const count = (freshness: StoredProof['freshness'], words: string) => {
    const own = rest.filter(proof => proof.freshness === freshness).length
    return own > 0 ? [`${own} ${words}`] : []
  }
  return [
    ...count('old', 'not stored'),
    ...count('unknown', 'not known'),
    ...count('between', 'older than they should be'),
    ...count('fresh', 'fresh'),
  ].join(', ')
}

/** Why it is not known of everything, where that is not said of each agent already. */
export function notStoredLines({central, otherCentrals = [], centralNotSeen = [], endpoints}: ProbeReport): string[] {
  const isProven = endpoints.some(({canaries = []}) => canaries.length > 0)
  if (endpoints.length === 0) return []
  const unread = (central === undefined ? [] : [central, ...otherCentrals]).flatMap(({address, problem}) => {
    if (problem === null) return []
    // Of a context in which none was found it is "the central in context …" already.
    const name = address.startsWith('the central ') ? address : `the central ${address}`
    return [`${UNKNOWN}: ${problem.includes(address) ? problem : `${name} could not be read: ${problem}`}`]
  })
  if (central !== undefined || isProven) return unread
  const why =
    centralNotSeen.length > 0
      ? centralNotSeen.join('; ')
      : `no central was found behind ${endpoints.length === 1 ? 'this address' : 'these addresses'} in the contexts that were looked at`
  return [`${UNKNOWN}: ${why}. Name it with --central-url${exampleOf(endpoints)} or --central-context`]
}

const UNKNOWN = 'whether it is stored is not known'

/** The path at which Prometheus, and VictoriaMetrics, take writes; what stands before it is where they are asked. */
const WRITE_PATH = /\/api\/v1\/write$/

function exampleOf(endpoints: readonly EndpointProbe[]): string {
  const near = endpoints.find(
    ({address, views}) =>
      WRITE_PATH.test(address) && views.some(({from, outcome}) => from === 'here' && outcome === 'works'),
  )
  return near === undefined ? '' : ` (of a Prometheus ${near.address.replace(WRITE_PATH, '')})`
}
