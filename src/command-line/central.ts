/** From flags and environment to the central: the one place that reads its secrets from where they stand. */
import {readFileSync} from 'node:fs'
import {validateHeaderName, validateHeaderValue} from 'node:http'
import {type CentralAccess, type CentralCredentials, parseCentralUrl} from '../collect/central/access.ts'
import type {QueryApi} from '../collect/central/query-api.ts'
import {UserError} from '../errors.ts'
import type {TransportChoice} from '../evidence/types.ts'

/** The parsed centralFlags. */
export interface CentralFlags {
  'central-url'?: string | undefined
  'central-context'?: string | undefined
  'central-namespace'?: string | undefined
  'central-pod'?: string | undefined
  'central-tenant'?: string | undefined
  'central-header'?: string[] | undefined
  'central-header-file'?: string[] | undefined
  'central-user'?: string | undefined
  'central-password-file'?: string | undefined
  'central-token-file'?: string | undefined
  'central-ca-file'?: string | undefined
  'central-insecure-skip-verify'?: boolean
}

interface KubeconfigFlags {
  kubeconfig?: string | undefined
  as?: string | undefined
  'as-group'?: string[] | undefined
  transport: TransportChoice
}

/** null: the flags name no central. Throws UserError for what cannot be read or sent; its text never holds a secret. */
export function centralAccess(flags: CentralFlags, env: NodeJS.ProcessEnv = process.env): CentralAccess | null {
  if (flags['central-url'] !== undefined) {
    const {url, basic} = parseCentralUrl(flags['central-url'])
    const credentials = readCredentials(flags, basic, env)
    const authorityFile = flags['central-ca-file']
    return {
      kind: 'url',
      url,
      credentials,
      tls: {
        authority: authorityFile === undefined ? null : readText(authorityFile, '--central-ca-file'),
        skipVerify: flags['central-insecure-skip-verify'] === true,
      },
    }
  }
  if (flags['central-context'] === undefined) return null
  return {
    kind: 'pod',
    context: flags['central-context'],
    namespace: flags['central-namespace'] ?? null,
    pod: flags['central-pod'] ?? null,
    credentials: readCredentials(flags, null, env),
  }
}

/** A query API, opened and not yet asked; null when the flags name no central. Throws UserError as centralAccess does. */
export async function openCentral(
  flags: CentralFlags & KubeconfigFlags,
  signal: AbortSignal,
): Promise<QueryApi | null> {
  const access = centralAccess(flags)
  if (access === null) return null
  const {openCentral: open} = await import('../collect/central/open-central.ts')
  return open(access, {
    kubeconfig: flags.kubeconfig ?? null,
    impersonate: {user: flags.as ?? null, groups: flags['as-group'] ?? []},
    transport: flags.transport,
    signal,
  })
}

/** A password or token of the environment counts only where no file is named: what is typed wins. */
function readCredentials(
  flags: CentralFlags,
  ofUrl: CentralCredentials['basic'],
  env: NodeJS.ProcessEnv,
): CentralCredentials {
  const username = flags['central-user'] ?? ofUrl?.username
  const tokenFile = flags['central-token-file']
  const basic = username === undefined ? null : {username, password: readPassword(flags, ofUrl, env)}
  const token =
    tokenFile !== undefined
      ? readSecret(tokenFile, '--central-token-file')
      : basic === null
        ? env.PROMFLEET_CENTRAL_TOKEN?.trim() || null
        : null
  if (token !== null) refuseInvalid('authorization', token, 'the bearer token')
  return {headers: readHeaders(flags, env), basic, token}
}

function readPassword(flags: CentralFlags, ofUrl: CentralCredentials['basic'], env: NodeJS.ProcessEnv): string {
  const file = flags['central-password-file']
  if (file !== undefined) return readSecret(file, '--central-password-file')
  const password = env.PROMFLEET_CENTRAL_PASSWORD ?? (ofUrl === null ? undefined : ofUrl.password)
  if (password !== undefined) return password
  throw new UserError(
    '--central-user has no password',
    'put it in a file and name that with --central-password-file, or set PROMFLEET_CENTRAL_PASSWORD',
  )
}

function readHeaders(flags: CentralFlags, env: NodeJS.ProcessEnv): CentralCredentials['headers'] {
  const sources = [
    {what: 'PROMFLEET_CENTRAL_HEADERS', lines: (env.PROMFLEET_CENTRAL_HEADERS ?? '').split('\n')},
    ...(flags['central-header-file'] ?? []).map(file => ({
      what: `the header file "${file}"`,
      lines: readText(file, '--central-header-file').split('\n'),
    })),
    {what: '--central-header', lines: flags['central-header'] ?? []},
  ]
  const headers: Record<string, string> = {}
  for (const {what, lines} of sources) {
    for (const line of lines.map(each => each.trim()).filter(each => each !== '')) {
      const [, name = '', value = ''] = /^([^:\s]+)\s*:\s*(.*)$/s.exec(line) ?? []
      if (name === '') throw new UserError(`${what} is not "Name: value"`) // its text may be the secret
      refuseInvalid(name, value, what)
      headers[name.toLowerCase()] = value
    }
  }
  const tenant = flags['central-tenant']
  if (tenant === undefined) return headers
  refuseInvalid('x-scope-orgid', tenant, '--central-tenant')
  return {...headers, 'x-scope-orgid': tenant}
}

function refuseInvalid(name: string, value: string, what: string): void {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch {
    throw new UserError(`${what} holds characters that a header may not have (a line break?)`)
  }
}

function readSecret(file: string, flag: string): string {
  const secret = readText(file, flag).trim()
  if (secret === '') throw new UserError(`the file of ${flag} is empty: "${file}"`)
  return secret
}

function readText(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError(`the file of ${flag} cannot be read: ${(error as Error).message}`)
  }
}
