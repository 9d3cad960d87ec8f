/** Flags of a probe: from where, and what is shown to the receivers. Secrets come by file or environment only. */
import {readFileSync} from 'node:fs'
import * as Flags from '@oclif/core/flags'
import type {QueryApi} from '../collect/central/query-api.ts'
import type {ProbeOptions} from '../collect/probe/probe.ts'
import type {RemoteCredentials} from '../collect/probe/remote.ts'
import type {Session} from '../collect/session.ts'
import {UserError} from '../errors.ts'
import type {FleetEvidence} from '../evidence/fleet.ts'
import {clean} from '../report/text.ts'
import {list} from './flags.ts'

// A bundle holds the probes that were made when it was taken.
const probe = {helpGroup: 'PROBE', exclusive: ['from']}
const remote = {helpGroup: 'RECEIVER', exclusive: ['from']}

export const probeFlags = {
  'from-here': Flags.boolean({
    ...probe,
    allowNo: true,
    description: 'try each endpoint from this machine, default yes; --no-from-here sends nothing from here',
  }),
  'from-pod': Flags.boolean({
    ...probe,
    description:
      "try it from the agents' own pods, too: runs nc there (exec), or promtool where there is none, writes nothing, and ends it again",
  }),
  image: Flags.string({
    ...probe,
    helpValue: 'IMAGE',
    description:
      'with --from-pod: run it in an ephemeral container of this image (busybox will do) where the agent has no tools; Kubernetes 1.23 and later',
    dependsOn: ['from-pod'],
  }),
  'remote-url': Flags.string({
    ...list,
    ...remote,
    helpValue: 'URL',
    description:
      'only these endpoints: URLs, hosts or host:port; needed with credentials where agents write to several hosts',
  }),
  'remote-user': Flags.string({
    ...remote,
    helpValue: 'NAME',
    description: 'user for basic auth; the password from --remote-password-file or $PROMFLEET_REMOTE_PASSWORD',
  }),
  'remote-password-file': Flags.string({
    ...remote,
    helpValue: 'FILE',
    description: 'file that holds the password of --remote-user',
    dependsOn: ['remote-user'],
  }),
  'remote-token-file': Flags.string({
    ...remote,
    helpValue: 'FILE',
    description: 'file that holds a bearer token; else $PROMFLEET_REMOTE_TOKEN',
    exclusive: ['from', 'remote-user'],
  }),
  'remote-header': Flags.string({
    ...remote,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'NAME:VALUE',
    description: 'a further header, such as X-Scope-OrgID: shop; @FILE reads some from a file, one on each line',
  }),
  'remote-ca-file': Flags.string({
    ...remote,
    helpValue: 'FILE',
    description: 'certificate authorities (PEM) that the agents trust, instead of the public ones',
  }),
  'remote-cert-file': Flags.string({
    ...remote,
    helpValue: 'FILE',
    description: 'client certificate (PEM)',
    dependsOn: ['remote-key-file'],
  }),
  'remote-key-file': Flags.string({
    ...remote,
    helpValue: 'FILE',
    description: 'key of --remote-cert-file (PEM)',
    dependsOn: ['remote-cert-file'],
  }),
}

/** Of commands that probe only when they are told to. */
export const probeOnRequestFlags = {
  probe: Flags.boolean({
    ...probe,
    description:
      'try the ways to the receivers, too: sends each one write without a single series, which stores nothing',
  }),
  ...probeFlags,
}

export interface ProbeFlagValues {
  timeout: number
  probe?: boolean
  'from-here'?: boolean
  'from-pod'?: boolean
  image?: string | undefined
  'remote-url'?: string[] | undefined
  'remote-user'?: string | undefined
  'remote-password-file'?: string | undefined
  'remote-token-file'?: string | undefined
  'remote-header'?: string[] | undefined
  'remote-ca-file'?: string | undefined
  'remote-cert-file'?: string | undefined
  'remote-key-file'?: string | undefined
}

/** What is done after a look: the ways are tried in what is left of the run's time. */
export type AfterTake = (
  session: Session,
  evidence: FleetEvidence,
  signal: AbortSignal,
) => Promise<Pick<FleetEvidence, 'probes' | 'canaries' | 'networkPolicies' | 'durationSeconds'>>

/** Undefined without --probe. Throws UserError when a flag is there that only --probe has a use for. */
export function probeOnRequest(flags: ProbeFlagValues): AfterTake | undefined {
  if (flags.probe === true) return probeAfterTake(flags)
  const useless = Object.keys(probeFlags).find(name => flags[name as keyof typeof probeFlags] !== undefined)
  if (useless !== undefined) throw new UserError(`--${useless} is about probing: give --probe, too`)
  return undefined
}

/** Throws UserError when a file cannot be read, before anything is looked at. */
export function probeAfterTake(
  flags: ProbeFlagValues,
  openCentral: ((signal: AbortSignal) => Promise<QueryApi | null>) | null = null,
): AfterTake {
  const credentials = readCredentials(flags)
  return async (session, evidence, stopped) => {
    const startedAt = Date.now()
    const leftSeconds = Math.max(0, flags.timeout - evidence.durationSeconds)
    const canary = openCentral === null ? null : await openCentral(stopped)
    const options: ProbeOptions = {
      canary,
      fromHere: flags['from-here'] !== false,
      fromPod: flags['from-pod'] === true,
      image: flags.image ?? null,
      remote: credentials,
      only: flags['remote-url'] ?? [],
      announce: line => process.stderr.write(`probe: ${clean(line)}\n`),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(Math.ceil(leftSeconds * 1000))]),
    }
    const tried = await session.probe(evidence, options).finally(() => canary?.close())
    return {...tried, durationSeconds: evidence.durationSeconds + (Date.now() - startedAt) / 1000}
  }
}

function readCredentials(flags: ProbeFlagValues): RemoteCredentials {
  const certificate = readIfGiven('--remote-cert-file', flags['remote-cert-file'])
  const key = readIfGiven('--remote-key-file', flags['remote-key-file'])
  return {
    authorization: readAuthorization(flags),
    headers: readHeaders(flags['remote-header'] ?? []),
    authority: readIfGiven('--remote-ca-file', flags['remote-ca-file']),
    clientCertificate: certificate === null || key === null ? null : {certificate, key},
  }
}

function readAuthorization(flags: ProbeFlagValues): RemoteCredentials['authorization'] {
  const user = flags['remote-user']
  if (user !== undefined) {
    const password =
      readIfGiven('--remote-password-file', flags['remote-password-file'])?.trim() ??
      process.env.PROMFLEET_REMOTE_PASSWORD
    if (password === undefined)
      throw new UserError('--remote-user needs a password: --remote-password-file FILE, or $PROMFLEET_REMOTE_PASSWORD')
    return {kind: 'basic', user, header: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`}
  }
  const token =
    readIfGiven('--remote-token-file', flags['remote-token-file'])?.trim() ?? process.env.PROMFLEET_REMOTE_TOKEN
  return token ? {kind: 'bearer', header: `Bearer ${token}`} : null
}

function readHeaders(given: readonly string[]): Record<string, string> {
  const lines = given.flatMap(text =>
    text.startsWith('@') ? read('--remote-header', text.slice(1)).split('\n') : [text],
  )
  return Object.fromEntries(
    lines
      .map(line => line.trim())
      .filter(line => line !== '')
      .map(line => {
        const [, name, value] = /^([\w-]+):\s*([\x20-\x7e]*)$/.exec(line) ?? []
        // The value may be a secret, so it is not repeated.
        if (name === undefined || value === undefined)
          throw new UserError('--remote-header takes NAME:VALUE in ASCII, or @FILE')
        return [name.toLowerCase(), value]
      }),
  )
}

function readIfGiven(flag: string, file: string | undefined): string | null {
  return file === undefined ? null : read(flag, file)
}

function read(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError(`the file "${clean(file)}" of ${flag} cannot be read: ${(error as Error).message}`)
  }
}
