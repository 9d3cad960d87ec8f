/** Bundles on disk: written whole or not at all, for their owner only; read within bounds, whoever made them. */
import {randomBytes} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {link, lstat, open, rename, rm} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {promisify} from 'node:util'
import {gunzip, gzip} from 'node:zlib'
import {UserError} from '../../errors.ts'
import {cleanText} from '../redact.ts'

/** Of the JSON text: a thousand agents with busy logs, and half of what one string of V8 holds. */
export const MAX_BUNDLE_BYTES = 256 * 2 ** 20

export interface WriteOptions {
  /** Replace a file that is there. */
  force: boolean
}

/** Throws UserError when the file is there and may not be replaced, or is no plain file; asks before anything is collected. */
export async function refuseOverwriting(file: string, {force}: WriteOptions): Promise<void> {
  const existing = await lstat(file).catch(() => null)
  if (existing === null) return
  if (!existing.isFile()) throw new UserError(`"${shown(file)}" is there and is not a plain file`, 'name another file')
  if (!force) throw alreadyThere(file)
}

/** Bytes written. The file appears when it is complete, with mode 0600. Throws UserError. */
export async function writeBundleFile(file: string, text: string, options: WriteOptions): Promise<number> {
  if (Buffer.byteLength(text) > MAX_BUNDLE_BYTES) {
    throw new UserError(
      `no bundle was written: it would unpack to more than ${MAX_BUNDLE_BYTES} bytes`,
      'take fewer agents at once, with --context, -n, -l or --agent',
    )
  }
  await refuseOverwriting(file, options)
  const packed = await promisify(gzip)(text)
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(packed)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (options.force) await rename(temporary, file)
    else await renameIfFree(temporary, file)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`the bundle cannot be written to "${shown(file)}": ${shown((error as Error).message)}`)
  } finally {
    await rm(temporary, {force: true})
  }
  return packed.length
}

/** A second name fails where the file has come to be meanwhile; file systems without hard links rename. */
async function renameIfFree(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file)
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw alreadyThere(file)
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    await rename(temporary, file)
  }
}

function alreadyThere(file: string): UserError {
  return new UserError(`"${shown(file)}" is there already`, '--force replaces it')
}

/** The text of a bundle, gzipped or plain; `-` is stdin. Throws UserError that names the file. */
export async function readBundleFile(file: string): Promise<{text: string; name: string}> {
  const name = file === '-' ? 'the bundle on stdin' : `bundle "${shown(file)}"`
  if (file === '-' && process.stdin.isTTY) {
    throw new UserError('--from - reads a bundle from stdin, and stdin is a terminal', 'pipe one in, or name its file')
  }
  const bytes = await readBytes(file, name)
  if (bytes.length === 0) throw new UserError(`${name} is empty`)
  const unpacked = isGzip(bytes) ? await unpack(bytes, name) : bytes
  const text = decodeUtf8(unpacked, name)
  if (unpacked === bytes && !/^\s*\{/.test(text)) {
    throw new UserError(`${name} is neither gzip nor JSON`, 'promfleet capture writes bundles')
  }
  return {text, name}
}

async function readBytes(file: string, name: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
      if (length > MAX_BUNDLE_BYTES) throw tooLarge(name)
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${name} cannot be read: ${shown((error as Error).message)}`)
  }
  return Buffer.concat(chunks)
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

async function unpack(bytes: Buffer, name: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, {maxOutputLength: MAX_BUNDLE_BYTES})
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name)
    if (code === 'Z_BUF_ERROR') throw new UserError(`${name} is cut off: its end is missing`, 'copy it again')
    throw new UserError(`${name} cannot be unpacked: ${shown(message)}`)
  }
}

function tooLarge(name: string): UserError {
  return new UserError(`${name} is larger than the ${MAX_BUNDLE_BYTES} bytes that a bundle may have`)
}

function decodeUtf8(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw new UserError(`${name} is not UTF-8 text`)
  }
}

function shown(text: string): string {
  return cleanText(text, 300)
}
