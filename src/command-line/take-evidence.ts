/** From flags to evidence: opens a session, takes once, closes it; interruption and progress included. */
import {readFileSync} from 'node:fs'
import type {SessionScope} from '../collect/session.ts'
import {UserError} from '../errors.ts'
import {decodeEvidence, encodeEvidence} from '../evidence/codec.ts'
import type {AgentEvidence, FleetEvidence, TransportChoice} from '../evidence/types.ts'
import {onInterruption} from './interruption.ts'
import {startProgressLine} from './progress.ts'

/** The parsed scope and collect flags of flags.ts. */
export interface EvidenceFlags {
  kubeconfig?: string | undefined
  context?: string[] | undefined
  'all-contexts': boolean
  namespace?: string | undefined
  selector?: string | undefined
  agent?: string[] | undefined
  'include-servers': boolean
  as?: string | undefined
  'as-group'?: string[] | undefined
  interval: number
  since: number
  timeout: number
  transport: TransportChoice
  'web-user'?: string | undefined
  'web-password-file'?: string | undefined
  quiet: boolean
}

/**
 * The evidence, as a replay of it would read it, and the exit code an interruption asks for (null: none).
 * Throws UserError when nothing can be looked at: no kubeconfig, no such context.
 */
export async function takeEvidence(
  flags: EvidenceFlags,
  toolVersion: string,
  wantsAnotherScrape: (agent: AgentEvidence) => boolean,
): Promise<{evidence: FleetEvidence; interruptedWith: number | null}> {
  const interruption = onInterruption()
  const progress = await startProgressLine(flags.quiet)
  try {
    const {open} = await import('../collect/session.ts') // the Kubernetes client comes with it
    const session = await open(sessionScope(flags), {
      intervalSeconds: flags.interval,
      sinceSeconds: flags.since,
      timeoutSeconds: flags.timeout,
      namespace: flags.namespace ?? null,
      selector: flags.selector ?? null,
      agents: flags.agent ?? [],
      includeServers: flags['include-servers'],
      transport: flags.transport,
      toolVersion,
      onProgress: state => progress.show(state),
      wantsAnotherScrape,
      signal: interruption.signal,
    })
    try {
      const evidence = decodeEvidence(encodeEvidence(await session.take()))
      return {evidence, interruptedWith: interruption.exitCode()}
    } finally {
      await session.close()
    }
  } finally {
    progress.stop()
    interruption.release()
  }
}

function sessionScope(flags: EvidenceFlags): SessionScope {
  return {
    kubeconfig: flags.kubeconfig ?? null,
    contexts: flags.context ?? [],
    allContexts: flags['all-contexts'],
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
