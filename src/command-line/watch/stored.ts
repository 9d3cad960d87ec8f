/** What the central stores, asked again with each look at the agents; a slow one holds up no frame. */
import type {CentralsLook, SeenCentrals} from '../../collect/central/look-again.ts'
import type {Session} from '../../collect/session.ts'
import type {CentralSelf} from '../../evidence/central.ts'
import type {ContextEvidence} from '../../evidence/types.ts'

export interface WatchedCentrals {
  /** Asks, unless it is still being asked, and gives what it said now or a short while ago; else that it has not answered. */
  round(contexts: ContextEvidence[]): Promise<SeenCentrals>
}

/** What a frame waits for the central, of a period half at most; the first waits that long in any case. */
const PATIENCE_SECONDS = 5
/** An answer serves for so long, or for so many looks; what is older is not what the central stores now. */
const SERVES_SECONDS = 30
const SERVES_LOOKS = 3

export function watchStored(
  session: Pick<Session, 'lookAtCentrals'>,
  {intervalSeconds, signal}: {intervalSeconds: number; signal: AbortSignal},
): WatchedCentrals {
  let going: {look: CentralsLook; done: Promise<void>} | null = null
  let latest: {seen: SeenCentrals; at: number} | null = null
  /** What each central said of itself when it last answered. */
  const selves = new Map<string, CentralSelf>()
  let rounds = 0

  /** A central that is away is what it was: how old a sample it takes matters most then. */
  function withEarlier({centrals, ...rest}: SeenCentrals): SeenCentrals {
    if (centrals === undefined) return rest
    const known = centrals.map(central => {
      const {buildInfo, flags, config, scrapes} = central
      const key = central.foundBy === 'endpoint' ? central.name : 'named'
      if (flags.ok || buildInfo.ok || scrapes.some(({ok}) => ok)) selves.set(key, {buildInfo, flags, config, scrapes})
      else {
        const earlier = selves.get(key)
        if (earlier !== undefined) return {...central, earlier}
      }
      return central
    })
    return {...rest, centrals: known}
  }

  function start(contexts: ContextEvidence[]): NonNullable<typeof going> {
    const look = session.lookAtCentrals(contexts, signal)
    const done = look.done.then(seen => {
      going = null
      if (signal.aborted && latest !== null) return
      latest = {seen, at: Date.now()}
    })
    done.catch(() => undefined) // whoever waits for a round is told
    return {look, done}
  }

  return {
    async round(contexts) {
      rounds += 1
      going ??= start(contexts)
      const {look, done} = going
      await waitFor(done, rounds === 1 ? PATIENCE_SECONDS : Math.min(PATIENCE_SECONDS, intervalSeconds / 2))
      const servesSeconds = Math.max(SERVES_SECONDS, SERVES_LOOKS * intervalSeconds)
      const isOfNow = latest !== null && Date.now() - latest.at <= servesSeconds * 1000
      return withEarlier(latest !== null && isOfNow ? latest.seen : look.peek())
    },
  }
}

async function waitFor(done: Promise<void>, seconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>(resolve => {
    timer = setTimeout(resolve, seconds * 1000)
  })
  try {
    await Promise.race([done, patience])
  } finally {
    clearTimeout(timer)
  }
}
