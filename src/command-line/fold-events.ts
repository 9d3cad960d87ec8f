/** Events of a followed log on a terminal: what several agents say of one thing at one time is told once, and the others are named. */
import type {LogEvent} from '../diagnose/logs/watch.ts'
import {secondsOf} from '../units.ts'

/** Agents that write to one receiver notice within a batch_send_deadline (5 s) of each other. */
const GATHER_MILLISECONDS = 5000
/** By the times of the lines: those of a log that is caught up with come all at once. */
const TOGETHER_SECONDS = 60

export interface FoldedEvents {
  add(event: LogEvent): void
  /** Tells what is still held back. */
  end(): void
}

/** `tell`: at once, the first of its kind. `tellOthers`: seconds later, those of other agents that were the same. */
export function foldEvents(
  tell: (event: LogEvent) => void,
  tellOthers: (first: LogEvent, others: readonly LogEvent[]) => void,
): FoldedEvents {
  const open = new Map<string, {first: LogEvent; others: LogEvent[]; timer: NodeJS.Timeout}>()
  const close = (key: string) => {
    const group = open.get(key)
    if (group === undefined) return
    clearTimeout(group.timer)
    open.delete(key)
    if (group.others.length > 0) tellOthers(group.first, group.others)
  }
  return {
    add(event) {
      const key = keyOf(event)
      if (key === null) return tell(event)
      const group = open.get(key)
      if (group !== undefined && isTogether(group.first, event))
        return isOfOnePod(group.first, event) ? tell(event) : void group.others.push(event)
      close(key)
      tell(event)
      open.set(key, {first: event, others: [], timer: setTimeout(() => close(key), GATHER_MILLISECONDS)})
    },
    end() {
      for (const key of [...open.keys()]) close(key)
    },
  }
}

/** The same kind of line, about the same host where it is about one; null: of a line that is not recognised no two are alike. */
function keyOf({event, signature, url}: LogEvent): string | null {
  if (signature === null) return null
  const host = url !== null && URL.canParse(url) ? new URL(url).host : url
  return `${event} ${signature} ${host ?? ''}`
}

/** Others are named by their pods, which would say nothing of another queue or container of the first's. */
function isOfOnePod(first: LogEvent, other: LogEvent): boolean {
  return first.context === other.context && first.namespace === other.namespace && first.pod === other.pod
}

function isTogether(first: LogEvent, other: LogEvent): boolean {
  if (first.at === null || other.at === null) return true
  return Math.abs(secondsOf(other.at) - secondsOf(first.at)) <= TOGETHER_SECONDS
}
