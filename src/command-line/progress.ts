/** The progress line: on stderr, on a terminal only, gone when the report comes. */
import type {Progress} from '../collect/progress.ts'

export interface ProgressLine {
  show(progress: Progress): void
  /** Instead of what a session tells. */
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
  const say = (text: string) => {
    spinner.text = text.slice(0, Math.max(10, stream.columns - 3))
  }
  return {
    show: progress => say(progressText(progress)),
    say,
    stop() {
      spinner.stop()
    },
  }
}

/** One line: how many contexts are done, and what the slowest waits for. */
export function progressText({contextsTotal, contextsDone, waiting, secondScrapeInSeconds}: Progress): string {
  if (secondScrapeInSeconds !== null) return `second scrape in ${Math.ceil(secondScrapeInSeconds)} s`
  const slowest = [...waiting].sort((a, b) => b.seconds - a.seconds)[0]
  const looked = `${contextsDone} of ${contextsTotal} contexts looked at`
  return slowest ? `${looked}; ${slowest.context}: ${slowest.what} (${Math.round(slowest.seconds)} s)` : looked
}
