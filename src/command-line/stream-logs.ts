/** Logs of several agents as they come: from flags to lines, with interruption and what could not be read. */
import type {LogSource, Session} from '../collect/session.ts'
import type {FleetEvidence} from '../evidence/fleet.ts'
import type {Failure, Timestamp} from '../evidence/types.ts'
import {grantCommand} from '../facts/refused/grant.ts'
import {refusedUser} from '../facts/refused/refusals.ts'
import {exitCodes} from './exit-codes.ts'
import {onInterruption} from './interruption.ts'
import {startProgressLine} from './progress.ts'
import {type EvidenceFlags, openSession} from './take-evidence.ts'

export interface StreamFlags extends EvidenceFlags {
  follow: boolean
  previous: boolean
}

export interface StreamOutput {
  /** Before the first line: how many logs there are. */
  start(sources: readonly LogSource[]): void
  /** Asked before a line is cleaned. */
  isWanted?(line: string): boolean
  line(source: LogSource, text: string, at: Timestamp | null): void
  /** A log, or a whole context, that cannot be read, now or for good. */
  unread(place: string, why: string): void
}

/** The exit code: 0, 3 when something could not be read or there is no agent, 130 or 143 when interrupted. Throws as openSession. */
export async function streamLogs(flags: StreamFlags, toolVersion: string, output: StreamOutput): Promise<number> {
  const interruption = onInterruption()
  const progress = await startProgressLine(flags.quiet)
  try {
    const session = await openSession(flags, {
      toolVersion,
      pieces: [],
      onProgress: state => progress.show(state),
      wantsAnotherScrape: () => false,
      signal: interruption.signal,
    })
    try {
      const evidence = await session.take()
      progress.stop()
      const isComplete = await streamAll(session, evidence, flags, output)
      return interruption.exitCode() ?? (isComplete ? exitCodes.healthy : exitCodes.undecided)
    } finally {
      await session.close()
    }
  } finally {
    progress.stop()
    interruption.release()
  }
}

/** False when something could not be read, or there was nothing to read. */
async function streamAll(
  session: Session,
  evidence: FleetEvidence,
  {follow, previous, since}: StreamFlags,
  output: StreamOutput,
): Promise<boolean> {
  const problems = evidence.contexts.flatMap(({name, serverVersion, podLists}) => {
    const failed = serverVersion.ok ? podLists.map(({pods}) => pods) : [serverVersion]
    return failed.flatMap(piece => (piece.ok ? [] : [{name, detail: whyUnread(piece)}])).slice(0, 1)
  })
  for (const {name, detail} of problems) output.unread(name, detail)
  const sources = sourcesOf(evidence)
  output.start(sources)
  const unread = await inTurn(sources, follow, async source => {
    const place = `${source.context} ${source.namespace}/${source.pod}`
    const failure = await session.stream(
      source,
      {
        follow,
        previous,
        sinceSeconds: since,
        ...(output.isWanted && {isWanted: output.isWanted}),
        onGap: why => output.unread(place, why.detail),
      },
      (text, at) => output.line(source, text, at),
    )
    // A container that never restarted has no previous log, and nothing is missing.
    if (failure === null || (previous && failure.reason === 'not-applicable')) return false
    output.unread(place, failure.detail)
    return true
  })
  return sources.length > 0 && problems.length === 0 && !unread.includes(true)
}

/** With what grants the right that is missing. */
function whyUnread(failure: Failure): string {
  if (failure.reason !== 'forbidden') return failure.detail
  return `${failure.detail}; an administrator grants it: ${grantCommand(failure.needs, refusedUser([{failure}]))}`
}

/** Once for a pod that is seen through two contexts. */
function sourcesOf(evidence: FleetEvidence): LogSource[] {
  const sources = new Map<string, LogSource>()
  for (const {name: context, agents} of evidence.contexts) {
    for (const {namespace, pod, podUid, container} of agents) {
      const key = podUid === '' ? `${context}/${namespace}/${pod}/${container}` : `${podUid}/${container}`
      if (pod !== '' && !sources.has(key)) sources.set(key, {context, namespace, pod, container})
    }
  }
  return [...sources.values()]
}

/** Logs that are followed come all at once, others one after the other, so that lines of one agent stay together. */
async function inTurn<T, R>(items: readonly T[], atOnce: boolean, work: (item: T) => Promise<R>): Promise<R[]> {
  if (atOnce) return Promise.all(items.map(work))
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}
