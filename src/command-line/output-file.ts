/** Files that --output-file names: looked at before a take of many seconds, so that its result is not lost for want of a folder. */
import {access, constants, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import {UserError} from '../errors.ts'
import {clean} from '../report/text.ts'

/**
 * Throws UserError when `file` is a folder or may not be written, or when there is no folder that it could be made in.
 * `undefined`: the report goes to stdout.
 */
export async function refuseUnwritable(file: string | undefined): Promise<void> {
  if (file === undefined) return
  const existing = await stat(file).catch(() => null)
  if (existing?.isDirectory()) throw new UserError(`--output-file "${clean(file)}" is a folder`, 'name a file in it')
  if (existing !== null) {
    if (await mayWrite(file)) return
    throw new UserError(`--output-file "${clean(file)}" may not be written`, 'name another file')
  }
  const folder = dirname(file)
  const parent = await stat(folder).catch(() => null)
  if (!parent?.isDirectory()) {
    throw new UserError(`--output-file "${clean(file)}": there is no folder "${clean(folder)}"`, 'make it first')
  }
  if (!(await mayWrite(folder))) {
    throw new UserError(
      `--output-file "${clean(file)}": nothing may be written to "${clean(folder)}"`,
      'name another file',
    )
  }
}

async function mayWrite(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  )
}
