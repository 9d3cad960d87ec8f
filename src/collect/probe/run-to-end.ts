/** A program in a container that says something and ends, with as much of that as is kept. */
import type {Ended, ExecStream} from './exec-stream.ts'
import {tryLayer} from './step.ts'

/** Of stdout; what comes after is read and thrown away. */
const MOST_OUTPUT_BYTES = 64 * 1024

/** The container has no such program: a shell's 127, or the words of the runtime. */
export function isMissing({exitCode, message}: Pick<Ended, 'exitCode' | 'message'>): boolean {
  return exitCode === 127 || /executable file not found|no such file or directory|not found/i.test(message)
}

/** `start` begins it within the signal and hands on how it ended. */
type Start = (signal: AbortSignal, whyEnded: (ended: Ended) => null) => Promise<ExecStream>

/** To its end, or to that of the time: `exitCode` is null then. Throws ProbeError where it could not be run (no right, no pod). */
export async function runToEnd(program: string, signal: AbortSignal, start: Start): Promise<Ended & {output: string}> {
  let end: Ended = {exitCode: null, stderr: '', message: '', hasOutput: false}
  const chunks: Buffer[] = []
  let room = MOST_OUTPUT_BYTES
  const tried = await tryLayer(`${program} did not end`, signal, async deadline => {
    const stream = await start(deadline.signal, ended => {
      end = ended
      return null
    })
    stream.on('data', (chunk: Buffer) => {
      if (room > 0) chunks.push(chunk.subarray(0, room))
      room -= chunk.length
    })
    await new Promise<void>(resolve => void stream.once('close', resolve))
    return {value: null, result: null}
  })
  // What is not of the program's making is for the caller.
  if (tried.error !== null && tried.error.code !== 'TIMEOUT') throw tried.error
  return {...end, output: Buffer.concat(chunks).toString('utf8')}
}
