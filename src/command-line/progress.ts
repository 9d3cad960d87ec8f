/** The progress line: on stderr, on a terminal only, gone when the report comes. */
import type {Progress} from '../collect/progress.ts'
import {centralInWords} from '../facts/words.ts'
import {clean} from '../report/text.ts'

export interface ProgressLine {
  show(progress: Progress): void
  /** Instead of what a session tells; from a second on with how long it has been said. */
  say(text: string): void
  stop(): void
}

const silent: ProgressLine = {show() {}, say() {}, stop() {}}

/** Nothing is shown when stderr is not a terminal, or one that says it has no columns (ora would never return there). */
export async function startProgressLine(quiet: boolean): Promise<ProgressLine> {
  const stream = process.stderr
  if (quiet || !stream.isTTY || !(stream.columns > 0)) return silent
  const {default: ora} = await import('ora')
  const spinner = ora({stream, discardStdin: false}).start('reading the kubeconfig')
  const write = (text: string) => {
    spinner.text = clean(text).slice(0, Math.max(10, stream.columns - 3))
  }
  let said: {text: string; since: number} | null = null
  const timer = setInterval(() => {
    if (said !== null) write(withSeconds(said.text, (Date.now() - said.since) / 1000))
  }, 500)
  timer.unref()
  return {
    show(progress) {
      said = null
      write(progressText(progress))
    },
    say(text) {
      if (said?.text === text) return
      said = {text, since: Date.now()}
      write(text)
    },
    stop() {
      clearInterval(timer)
      spinner.stop()
    },
  }
}

/** "waiting for the central hub/monitoring/central-0". */
export function waitingForCentral(name: string): string {
  return `waiting for ${centralInWords(name)}`
}

function withSeconds(text: string, seconds: number): string {
  return seconds < 1 ? text : `${text} (${Math.floor(seconds)} s)`
}

/** One line: how many contexts are done, and what the slowest waits for. */
export function progressText({contextsTotal, contextsDone, waiting, secondScrapeInSeconds, central}: Progress): string {
  if (central !== null) return withSeconds(waitingForCentral(central.name), central.seconds)
  if (secondScrapeInSeconds !== null) return `second scrape in ${Math.ceil(secondScrapeInSeconds)} s`
  const slowest = [...waiting].sort((a, b) => b.seconds - a.seconds)[0]
  const looked = `${contextsDone} of ${contextsTotal} contexts looked at`
  return slowest ? `${looked}; ${slowest.context}: ${slowest.what} (${Math.round(slowest.seconds)} s)` : looked
}
