/** When something became true, as far as looking again and again can tell: not yet at `after`, and seen at `by`. */
import {setTimeout as wait} from 'node:timers/promises'
import {segmentsOf} from '../lab/agent-disk.ts'

export interface Moment {
  afterMs: number
  byMs: number
}

const lookEveryMs = 50

/** Looks until `stop`; what `look` throws counts as "not yet". */
export interface Watch {
  stop(): Promise<void>
}

function watch(look: (beforeMs: number) => Promise<void>): Watch {
  let isOver = false
  const over = (async () => {
    let beforeMs = Date.now()
    while (!isOver) {
      const nowMs = Date.now()
      await look(beforeMs).catch(() => undefined)
      beforeMs = nowMs
      await wait(lookEveryMs)
    }
  })()
  return {
    async stop() {
      isOver = true
      await over
    },
  }
}

/** When segments of the WAL in `dataDirectory` were deleted. */
export function watchSegments(dataDirectory: string): Watch & {goneAt(segment: number): Moment | null} {
  const lowest: {segment: number; moment: Moment}[] = []
  const watching = watch(async afterMs => {
    const [segment] = await segmentsOf(dataDirectory)
    if (segment === undefined || segment === lowest.at(-1)?.segment) return
    lowest.push({segment, moment: {afterMs, byMs: Date.now()}})
  })
  return {...watching, goneAt: segment => lowest.find(each => each.segment > segment)?.moment ?? null}
}

/** When `isTrue` first was. */
export function watchFor(isTrue: () => Promise<boolean>): Watch & {at(): Moment | null} {
  let moment: Moment | null = null
  const watching = watch(async afterMs => {
    if (moment === null && (await isTrue())) moment = {afterMs, byMs: Date.now()}
  })
  return {...watching, at: () => moment}
}
