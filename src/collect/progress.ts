/** Keeps what each context is waiting for, and tells onProgress about it at changes, and four times a second whether or not. */

export interface Progress {
  contextsTotal: number
  contextsDone: number
  /** Contexts still being looked at, with what each waits for. */
  waiting: {context: string; what: string; seconds: number}[]
  /** Seconds until the second scrape while only the interval is waited for; else null. */
  secondScrapeInSeconds: number | null
  /** All contexts are done, and for so long a central has been waited for; null: it has not. */
  central: {name: string; seconds: number} | null
}

export interface ContextProgress {
  doing(what: string): void
  /** An agent waits for its second scrape, due at `untilMilliseconds` of Date.now(). Returns what ends the waiting. */
  waitingForSecondScrape(untilMilliseconds: number): () => void
  /** How many agents of the context are being looked at; known once they are found. */
  setAgents(count: number): void
  agentDone(): void
  done(): void
}

interface ContextState {
  what: string
  since: number
  agents: number
  waits: Set<{until: number}>
}

const TICK_MILLISECONDS = 250
/** A thousand agents change more often than anyone can see. */
const LEAST_MILLISECONDS_BETWEEN = 50

export function trackProgress(
  contextNames: string[],
  onProgress: (progress: Progress) => void,
): {of(contextIndex: number): ContextProgress; waitingForCentral(name: string): void; stop(): void} {
  const states = new Map<number, ContextState>(
    contextNames.map((_, index) => [index, {what: 'connecting', since: Date.now(), agents: 0, waits: new Set()}]),
  )
  let toldAt = 0
  let central: {name: string; since: number} | null = null
  const tell = () => {
    toldAt = Date.now()
    const waited = central && {name: central.name, seconds: (toldAt - central.since) / 1000}
    onProgress({...progressOf(contextNames, states), central: waited})
  }
  const tellOfChange = () => {
    if (Date.now() - toldAt >= LEAST_MILLISECONDS_BETWEEN) tell()
  }
  const timer = setInterval(tell, TICK_MILLISECONDS)
  timer.unref()
  return {
    of(index) {
      const change = (apply: (state: ContextState) => void) => {
        const state = states.get(index)
        if (state === undefined) return
        apply(state)
        tellOfChange()
      }
      return {
        doing: what => change(state => Object.assign(state, {what, since: Date.now()})),
        waitingForSecondScrape(until) {
          const wait = {until}
          change(state => state.waits.add(wait))
          return () => change(state => state.waits.delete(wait))
        },
        setAgents: count => change(state => Object.assign(state, {agents: count})),
        agentDone: () => change(state => Object.assign(state, {agents: state.agents - 1})),
        done() {
          states.delete(index)
          if (states.size === 0) tell()
          else tellOfChange()
        },
      }
    },
    waitingForCentral(name) {
      central = {name, since: Date.now()}
      tell()
    },
    stop: () => clearInterval(timer),
  }
}

function progressOf(contextNames: string[], states: Map<number, ContextState>): Omit<Progress, 'central'> {
  const now = Date.now()
  const open = [...states.values()]
  const onlyWaits = open.length > 0 && open.every(({agents, waits}) => agents > 0 && waits.size >= agents)
  const dueAt = Math.max(...open.flatMap(({waits}) => [...waits].map(({until}) => until)))
  return {
    contextsTotal: contextNames.length,
    contextsDone: contextNames.length - states.size,
    waiting: [...states].map(([index, {what, since}]) => ({
      context: contextNames[index] ?? '',
      what,
      seconds: (now - since) / 1000,
    })),
    secondScrapeInSeconds: onlyWaits ? Math.max(0, (dueAt - now) / 1000) : null,
  }
}
