/** Runs oclif and turns what it throws into promfleet's exit codes. */
import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {run} from '@oclif/core/run'

/** `root` is the package's folder as a file URL. Ends the process on errors: 2 for anything without an exit code of its own. */
export async function main(args: string[], root: URL): Promise<void> {
  // A reader that went away (`| head`) is not an error: the verdict's exit code stands.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
    process.exit()
  })
  try {
    await run(args, root.href)
    await flush()
  } catch (error) {
    // oclif itself would exit with 1, which means "findings" here.
    const thrown = error instanceof Error ? error : new Error(String(error))
    if (!('oclif' in thrown)) Object.assign(thrown, {oclif: {exit: 2}})
    await handle(thrown)
  }
}
