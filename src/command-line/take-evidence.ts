/** From flags to evidence, live or out of a bundle; the one place that decides which. */
import {readFileSync} from 'node:fs'
import {asReplayed} from '../collect/bundle/clean-evidence.ts'
import type {Session, SessionOptions, SessionScope} from '../collect/session.ts'
import {UserError} from '../errors.ts'
import type {FleetEvidence} from '../evidence/fleet.ts'
import type {AgentEvidence, TransportChoice} from '../evidence/types.ts'
import {onInterruption} from './interruption.ts'
import {intervalSeconds} from './interval.ts'
import type {AfterTake} from './probe-flags.ts'
import {startProgressLine} from './progress.ts'

/** The parsed scope and collect flags of flags.ts. */
export interface EvidenceFlags {
  kubeconfig?: string | undefined
  context?: string[] | undefined
  'all-contexts'?: boolean
  /** Of the fleet file; see ContextChoice. */
  contextsFrom?: string | undefined
  namespace?: string | undefined
  selector?: string | undefined
  agent?: string[] | undefined
  'include-servers'?: boolean
  as?: string | undefined
  'as-group'?: string[] | undefined
  /** Left out: see intervalSeconds. */
  interval?: number | undefined
  since: number
  timeout: number
  transport: TransportChoice
  'web-user'?: string | undefined
  'web-password-file'?: string | undefined
  quiet: boolean
}

export interface TakenEvidence {
  evidence: FleetEvidence
  /** The exit code that an interruption asks for; null: none. */
  interruptedWith: number | null
}

/**
 * The evidence of the bundle that --from names, else of a live take; that one as a replay would read it.
 * Throws UserError when there is nothing to look at: no kubeconfig, no such context, no readable bundle.
 */
export async function takeEvidence(
  flags: EvidenceFlags & {from?: string | undefined},
  toolVersion: string,
  wantsAnotherScrape: (agent: AgentEvidence) => boolean,
  reading: Reading = {},
  afterTake?: AfterTake,
): Promise<TakenEvidence> {
  if (flags.from === undefined) return takeLive(flags, toolVersion, wantsAnotherScrape, reading, afterTake)
  const {readBundleFile} = await import('../collect/bundle/file.ts')
  const {readBundleText} = await import('../collect/bundle/bundle.ts') // the schema library comes with it
  const {narrowEvidence} = await import('../collect/bundle/narrow.ts')
  const {text, name} = await readBundleFile(flags.from)
  const {context: contexts = [], namespace = null, agent: agents = []} = flags
  const evidence = narrowEvidence(readBundleText(text, name), {contexts, namespace, agents}, name)
  return {evidence, interruptedWith: null}
}

/** What is read of each agent: all of it when left out; see LookOptions of src/collect/context.ts. */
export type Reading = Pick<SessionOptions, 'pieces' | 'forBundle' | 'wantsMore' | 'central'>

/** Opens a session, takes once, closes it; progress and interruption included. `credentials` are those that the session used. */
export async function takeLive(
  flags: EvidenceFlags,
  toolVersion: string,
  wantsAnotherScrape: (agent: AgentEvidence) => boolean,
  reading: Reading = {},
  afterTake?: AfterTake,
): Promise<TakenEvidence & {credentials: string[]}> {
  const interruption = onInterruption()
  const progress = await startProgressLine(flags.quiet)
  try {
    const session = await openSession(flags, {
      toolVersion,
      onProgress: state => progress.show(state),
      wantsAnotherScrape,
      signal: interruption.signal,
      ...reading,
    })
    try {
      const taken = await session.take()
      if (afterTake && !interruption.signal.aborted)
        Object.assign(taken, await afterTake(session, taken, interruption.signal))
      const evidence = asReplayed(taken)
      return {evidence, interruptedWith: interruption.exitCode(), credentials: session.credentials()}
    } finally {
      await session.close()
    }
  } finally {
    progress.stop()
    interruption.release()
  }
}

/** A session on what the flags choose. Throws UserError when that is nothing: no kubeconfig, no such context, no time. */
export async function openSession(
  flags: EvidenceFlags,
  rest: Pick<
    SessionOptions,
    'toolVersion' | 'pieces' | 'forBundle' | 'onProgress' | 'wantsAnotherScrape' | 'wantsMore' | 'central' | 'signal'
  >,
): Promise<Session> {
  const {open} = await import('../collect/session.ts') // the Kubernetes client comes with it
  return open(sessionScope(flags), {
    intervalSeconds: intervalSeconds(flags),
    sinceSeconds: flags.since,
    timeoutSeconds: flags.timeout,
    namespace: flags.namespace ?? null,
    selector: flags.selector ?? null,
    agents: flags.agent ?? [],
    includeServers: flags['include-servers'] === true, // oclif leaves a boolean flag that was not given undefined
    transport: flags.transport,
    ...rest,
  })
}

function sessionScope(flags: EvidenceFlags): SessionScope {
  return {
    kubeconfig: flags.kubeconfig ?? null,
    contexts: flags.context ?? [],
    allContexts: flags['all-contexts'] === true,
    contextsFrom: flags.contextsFrom,
    impersonate: {user: flags.as ?? null, groups: flags['as-group'] ?? []},
    webCredentials: webCredentials(flags['web-user'], flags['web-password-file']),
  }
}

function webCredentials(username: string | undefined, file: string | undefined): SessionScope['webCredentials'] {
  if (username === undefined || file === undefined) return null
  try {
    return {username, password: readFileSync(file, 'utf8').trim()}
  } catch (error) {
    throw new UserError(`the password file "${file}" cannot be read: ${(error as Error).message}`)
  }
}
