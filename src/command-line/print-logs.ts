/** `promfleet logs --raw` and `--follow`: lines to stdout as they come. */
import type {watchLogs} from '../diagnose/logs/watch.ts'
import {isQuietLine} from '../facts/log/quiet-lines.ts'
import {renderAlike, renderLogEvent, renderLogEventJson} from '../report/log-event.ts'
import {clean} from '../report/text.ts'
import {exitCodes} from './exit-codes.ts'
import {foldEvents} from './fold-events.ts'
import {type StreamFlags, streamLogs} from './stream-logs.ts'
import {takeEvidence} from './take-evidence.ts'
import {terminalStyle} from './terminal-style.ts'

export interface PrintLogsFlags extends StreamFlags {
  output: 'table' | 'json'
  from?: string | undefined
  'no-color': boolean
  verbose: boolean
}

/** Every line, with the agent in front when there are several. What cannot be read is told on stderr. The exit code. */
export async function printRawLogs(flags: PrintLogsFlags, toolVersion: string): Promise<number> {
  if (flags.from !== undefined) return printTails(flags, toolVersion)
  let prefixOf: (source: {context: string; namespace: string; pod: string}) => string = () => ''
  let found = 0
  let isBlind = false
  const exitCode = await streamLogs(flags, toolVersion, {
    start(sources) {
      found = sources.length
      if (found > 1) prefixOf = ({context, namespace, pod}) => `${clean(context)} ${clean(namespace)}/${clean(pod)} | `
    },
    line: (source, text) => print(`${prefixOf(source)}${text}\n`),
    unread(place, why) {
      isBlind = true
      warn(place, why)
    },
  })
  // What could not be read may well have agents.
  if (found === 0 && !isBlind) process.stderr.write('no agent was found\n')
  return exitCode
}

/** Of a bundle: the last lines of each log that it holds. */
async function printTails(flags: PrintLogsFlags, toolVersion: string): Promise<number> {
  const {evidence} = await takeEvidence(flags, toolVersion, () => false)
  const agents = evidence.contexts.flatMap(({name, agents: own}) => own.map(agent => ({context: name, agent})))
  let isComplete = agents.length > 0
  for (const {context, agent} of agents) {
    const log = flags.previous ? agent.previousLog : agent.log
    const place = `${clean(context)} ${clean(agent.namespace)}/${clean(agent.pod)}`
    if (log.ok) for (const line of log.value.tail) print(`${agents.length > 1 ? `${place} | ` : ''}${clean(line)}\n`)
    else if (!flags.previous || log.reason !== 'not-applicable') {
      warn(place, log.detail)
      isComplete = false
    }
  }
  if (agents.length === 0) process.stderr.write('no agent was found\n')
  return isComplete ? exitCodes.healthy : exitCodes.undecided
}

function warn(place: string, why: string): void {
  process.stderr.write(`${clean(place)}: ${clean(why)}\n`)
}

/** A few lines for each kind of line that `watch` calls new or back, or a JSON document on one line. The exit code. */
export async function followLogs(
  flags: PrintLogsFlags,
  toolVersion: string,
  watch: ReturnType<typeof watchLogs>,
): Promise<number> {
  const style = {...terminalStyle({noColour: flags['no-color']}), verbose: flags.verbose}
  const asJson = flags.output === 'json'
  const told = new Set<string | null>()
  let showContext = false
  let isBlind = false
  const folded = foldEvents(
    event => {
      const showRemedy = !told.has(event.signature)
      told.add(event.signature)
      print(renderLogEvent(event, {...style, showContext, showRemedy}))
    },
    (first, others) => print(renderAlike(first, others, {...style, showContext})),
  )
  try {
    return await streamLogs(flags, toolVersion, {
      start(sources) {
        showContext = new Set(sources.map(({context}) => context)).size > 1
        if (sources.length === 0 && !isBlind && !asJson) print('? no agent was found\n')
      },
      isWanted: line => !isQuietLine(line),
      line(source, text, at) {
        const event = watch(source, text, at)
        if (!event) return
        if (asJson) print(renderLogEventJson(event))
        else folded.add(event)
      },
      unread(place, why) {
        isBlind = true
        if (asJson) print(`${JSON.stringify({schemaVersion: 1, event: 'unread', place, problem: why})}\n`)
        else print(`? ${clean(place)}: its log cannot be read: ${clean(why)}\n`)
      },
    })
  } finally {
    folded.end()
  }
}

function print(text: string): void {
  process.stdout.write(text)
}
