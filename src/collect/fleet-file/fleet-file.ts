/**
 * The fleet file: what belongs to the fleet, and how it is judged. Found and read here, within bounds, whoever wrote it; taken apart
 * in parse.ts, which loads only when there is one.
 */
import {createReadStream, lstatSync, realpathSync, statSync} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, isAbsolute, join, relative, resolve} from 'node:path'
import {UserError} from '../../errors.ts'
import {cleanText} from '../redact.ts'
import type {ParsedFleetFile} from './parse.ts'

export interface FleetFile extends ParsedFleetFile {
  /** As people would name it. */
  path: string
  /** Absolute; file names in it are relative to this. */
  directory: string
}

/** Where a process looks for its fleet file; tests give their own. */
export interface Surroundings {
  env: NodeJS.ProcessEnv
  directory: string
  home: string
  /** Null where files have no owners. */
  userId: number | null
}

const FILE_NAME = 'promfleet.yaml'
/** Thousands of expected agents. */
const MOST_BYTES = 2 * 2 ** 20

const ownSurroundings = (): Surroundings => ({
  env: process.env,
  directory: process.cwd(),
  home: homedir(),
  userId: process.getuid?.() ?? null,
})

/**
 * Of --fleet, $PROMFLEET_FLEET, the working directory and the user's configuration the first that is there; null when none is, or
 * when `none` was asked for. Throws UserError for one that cannot be read or is wrong.
 */
export async function readFleetFile(
  given: string | undefined,
  around: Surroundings = ownSurroundings(),
): Promise<FleetFile | null> {
  const named = given ?? (around.env.PROMFLEET_FLEET || undefined)
  if (named === 'none') return null
  const found = named === undefined ? findUnnamed(around) : {path: named, isTrusted: true}
  if (found === null) return null
  const {path, isTrusted} = found
  const name = `fleet file ${cleanText(path, 300)}`
  const yaml = await readText(resolve(around.directory, path), name)
  const {parseFleetFile} = await import('./parse.ts') // the YAML and schema libraries come with it
  const directory = dirname(resolve(around.directory, path))
  const fleet: FleetFile = {path, directory, ...parseFleetFile(yaml, name)}
  if (!isTrusted) refuseFilesElsewhere(fleet, name)
  return fleet
}

/** `isTrusted`: it is the user's own for sure, and not something that came with a directory. */
function findUnnamed({env, directory, home, userId}: Surroundings): {path: string; isTrusted: boolean} | null {
  const here = lstatSync(join(directory, FILE_NAME), {throwIfNoEntry: false})
  if (here !== undefined) {
    // It says where credentials are sent. A shared directory may hold somebody else's.
    if (userId !== null && here.uid !== userId && here.uid !== 0)
      throw new UserError(
        `./${FILE_NAME} belongs to another user, so it is not read unasked`,
        `--fleet ./${FILE_NAME} reads it, --fleet none goes without`,
      )
    if (statSync(join(directory, FILE_NAME), {throwIfNoEntry: false})?.isFile() === false)
      throw new UserError(`./${FILE_NAME} is no file`, 'remove it, or give --fleet none')
    return {path: `./${FILE_NAME}`, isTrusted: false}
  }
  const configured = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'promfleet', FILE_NAME)
  return lstatSync(configured, {throwIfNoEntry: false}) === undefined ? null : {path: configured, isTrusted: true}
}

async function readText(path: string, name: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of createReadStream(path)) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
      if (length > MOST_BYTES) throw new UserError(`${name} is larger than the ${MOST_BYTES} bytes that one may have`)
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    const {code} = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'it does not exist' : cleanText((error as Error).message, 300)
    throw new UserError(
      `${name} cannot be read: ${reason}`,
      'see --fleet and PROMFLEET_FLEET; "--fleet none" goes without',
    )
  }
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(Buffer.concat(chunks))
  } catch {
    throw new UserError(`${name} is not UTF-8 text`)
  }
}

/** A file that comes with a directory must not name, say, a private key as the password for an address of its own. */
function refuseFilesElsewhere({central, directory}: FleetFile, name: string): void {
  const {passwordFile, tokenFile, caFile, headerFiles = []} = central ?? {}
  const files = [passwordFile, tokenFile, caFile, ...headerFiles].filter(file => file !== undefined)
  for (const file of files) {
    const path = relative(realPath(directory), realPath(resolve(directory, file)))
    if (path === '..' || /^\.\.[\\/]/.test(path) || isAbsolute(path))
      throw new UserError(
        `${name} was found in the working directory, and names a file outside of it: "${cleanText(file, 300)}"`,
        `name the fleet file with --fleet ./${FILE_NAME} or PROMFLEET_FLEET if you trust it`,
      )
  }
}

/** Without symbolic links; as given where there is nothing. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
