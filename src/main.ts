/** Runs oclif and turns what it throws into promfleet's exit codes. */
import {CLIError} from '@oclif/core/errors'
import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {run} from '@oclif/core/run'
import {packagePlugin} from './command-line/package-plugin.ts'

/** `root` is the package's folder as a file URL. Ends the process on errors: 2 for anything without an exit code of its own. */
export async function main(args: string[], root: URL): Promise<void> {
  // A reader that went away (`| head`) is not an error: the verdict's exit code stands.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
    process.exit()
  })
  try {
    // "help COMMAND" is what kubectl has.
    await runCommand(args[0] === 'help' ? [...args.slice(1), '--help'] : args, root)
    await flush()
  } catch (error) {
    // oclif itself would exit with 1, which means "findings" here.
    const thrown = withoutStack(error instanceof Error ? error : new Error(String(error)))
    if (!('oclif' in thrown)) Object.assign(thrown, {oclif: {exit: 2}})
    await handle(thrown)
  }
}

async function runCommand(args: string[], root: URL): Promise<void> {
  const plugin = await packagePlugin(root)
  const options = {root: plugin.root, plugins: new Map([[plugin.name, plugin]])}
  try {
    await run(args, options)
  } catch (error) {
    const [, unknown] = /^Command (\S+) not found\.$/.exec(error instanceof Error ? error.message : '') ?? []
    if (unknown === undefined) throw error
    await run([unknown], options) // asked for its help; without that, command-not-found.ts names the nearest
  }
}

/** Parts of the program are loaded when they are needed; a build or an update meanwhile takes them away. */
function withoutStack(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') return error
  return new CLIError('promfleet was built or updated anew while it ran: run it again', {exit: 2})
}
