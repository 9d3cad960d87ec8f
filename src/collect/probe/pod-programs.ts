/**
 * Programs in a container, each replaced by none of its own: `sh` says its process number and becomes the program, so that it is the
 * container runtime's child, which collects it, and not the agent's, which would keep it as a zombie. Whatever has not ended by
 * itself is ended by its number.
 */
import type {ApiServerConnection} from '../api-server/api-server.ts'
import {keepText} from '../redact.ts'
import {type Container, type Ended, ExecStream} from './exec-stream.ts'
import {isMissing, runToEnd} from './run-to-end.ts'
import {ProbeError} from './step.ts'

/** For the API server and the kubelet to start it. */
const START_SECONDS = 4
const GRACE_MILLISECONDS = 300

export interface Programs {
  /** Runs on until its stdin or the other side ends. Rejects with ExchangeError when the API server does not let it run. */
  start(
    program: string,
    words: readonly string[],
    signal: AbortSignal,
    whyEnded: (ended: Ended) => Error | null,
  ): Promise<ExecStream>
  /** Runs to its end, or to that of the time: `exitCode` is null then. */
  run(program: string, words: readonly string[], signal: AbortSignal): Promise<Ended & {output: string}>
  /** Ends what still runs. */
  close(): Promise<void>
}

/** How a container's programs are called: by their own names, or by busybox's. */
const SHELLS: readonly {shell: string[]; prefix: string}[] = [
  {shell: ['sh'], prefix: ''},
  {shell: ['busybox', 'sh'], prefix: 'busybox '},
]

/** Throws ProbeError, NO_TOOL or NOT_ALLOWED, where the container has no `needed` or nothing may be run in it. */
export async function openPrograms(
  api: ApiServerConnection,
  container: Container,
  needed: string,
  signal: AbortSignal,
): Promise<Programs> {
  for (const {shell, prefix} of SHELLS) {
    const programs = programsOf(api, container, shell, prefix)
    const ended = await programs.run(needed, ['--help'], signal)
    const {exitCode, message, stderr} = ended
    if (exitCode !== null && !isMissing(ended)) return programs
    await programs.close()
    if (isMissing(ended)) continue
    const said = keepText(message || stderr || 'the connection ended', 200)
    throw new ProbeError('NOT_ALLOWED', `nothing could be run in pod ${container.namespace}/${container.pod}: ${said}`)
  }
  throw new ProbeError(
    'NO_TOOL',
    `container ${container.container} has no shell with ${needed} (busybox has both); on Kubernetes 1.23 and later --image adds a container that has`,
  )
}

function programsOf(
  api: ApiServerConnection,
  container: Container,
  shell: readonly string[],
  prefix: string,
): Programs {
  const running = new Set<ExecStream>()
  const start: Programs['start'] = async (program, words, signal, whyEnded) => {
    const script = `echo $$ >&2; exec ${prefix}${program} "$@"`
    const command = [...shell, '-c', script, program, ...words]
    const stream = await ExecStream.run(api, container, command, START_SECONDS, signal, ended =>
      whyEnded({...ended, stderr: ended.stderr.replace(NUMBER, '')}),
    )
    running.add(stream)
    return stream
  }
  return {
    start,
    run: (program, words, signal) =>
      runToEnd(program, signal, (deadline, whyEnded) => start(program, words, deadline, whyEnded)),
    async close() {
      await Promise.all([...running].map(stream => end(api, container, stream, shell)))
      running.clear()
    },
  }
}

const NUMBER = /^(\d+)\n/

async function end(
  api: ApiServerConnection,
  container: Container,
  stream: ExecStream,
  shell: readonly string[],
): Promise<void> {
  const number = NUMBER.exec(stream.stderr)?.[1]
  if (!(await stream.ended(GRACE_MILLISECONDS)) && number !== undefined) await kill(api, container, shell, number)
  stream.leave()
}

/** The first process of an ephemeral container, a shell that waits: without it the container ends. */
export async function endShell(api: ApiServerConnection, container: Container): Promise<void> {
  await kill(api, container, ['sh'], '1')
}

/** By the shell's own kill: no program to look for. Also after the run was stopped; what cannot be ended ends with the other side. */
async function kill(
  api: ApiServerConnection,
  container: Container,
  shell: readonly string[],
  number: string,
): Promise<void> {
  const command = [...shell, '-c', `kill ${number}`]
  const signal = AbortSignal.timeout(START_SECONDS * 1000)
  try {
    const killing = await ExecStream.run(api, container, command, START_SECONDS, signal, () => null)
    await killing.ended(START_SECONDS * 1000)
    killing.leave()
  } catch {
    // it has no stdin any more
  }
}
