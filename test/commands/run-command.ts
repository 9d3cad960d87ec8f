/** Runs a command's source class in this process: what it wrote, and with which code it would have ended. */
import {resolve} from 'node:path'

const root = resolve(import.meta.dirname, '../..')

interface RunnableCommand {
  run(args: string[], options: {root: string}): Promise<unknown>
}

export interface CommandRun {
  stdout: string
  stderr: string
  exitCode: number
  /** Message of the error that ended it, null when none did. */
  error: string | null
}

export async function runCommand(command: RunnableCommand, args: string[]): Promise<CommandRun> {
  const before = process.exitCode
  const [stdout, stderr] = [intercept(process.stdout), intercept(process.stderr)]
  process.exitCode = 0
  try {
    const error = await command.run(args, {root}).then(
      () => null,
      (thrown: Error & {oclif?: {exit?: number}}) => thrown,
    )
    const exitCode = error === null ? Number(process.exitCode ?? 0) : (error.oclif?.exit ?? 2)
    return {stdout: stdout.text(), stderr: stderr.text(), exitCode, error: error?.message ?? null}
  } finally {
    stdout.release()
    stderr.release()
    process.exitCode = before
  }
}

/** @oclif/test's captureOutput never calls the callback of a write, which a command may wait for. */
function intercept(stream: NodeJS.WriteStream): {text(): string; release(): void} {
  const {write} = stream
  let written = ''
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    const done = rest.find(argument => typeof argument === 'function')
    if (done !== undefined) queueMicrotask(() => done())
    return true
  }
  return {
    text: () => written,
    release() {
      stream.write = write
    },
  }
}
