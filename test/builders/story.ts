/** What a queue has been doing, as figures at any moment: tests say "retrying for 10 minutes", not twelve numbers. */
import type {QueueFigures} from './scrape.ts'

export interface QueueStory {
  name?: string
  url?: string
  /**
   * delivering: all that is scraped is taken, 2 s behind · idle: taken, nothing waits · failing: every batch is refused for good
   * (4xx) · retrying: every batch is sent again (5xx, refused connection) · hanging: the receiver takes requests and never
   * answers · dropping: relabelling drops everything · catching-up: delivers twice what is scraped.
   */
  doing?: 'delivering' | 'idle' | 'failing' | 'retrying' | 'hanging' | 'dropping' | 'catching-up'
  /** For how long, until the last scrape; before that it delivered. Longer than the uptime means "ever". Default 600. */
  forSeconds?: number
  /** Figures that override the story in every scrape, or in the first or last one. */
  figures?: QueueFigures
  first?: QueueFigures
  last?: QueueFigures
}

const BYTES_PER_SAMPLE = 25
/** Retries of one shard with the longest backoff are slower; the number only has to rise. */
const RETRIES_PER_SECOND = 400

/** The queue's figures when the agent's clock says `at`; `end` is the time of the last scrape. */
export function figuresAt(
  story: QueueStory,
  rate: number,
  moment: {at: number; uptime: number; end: number},
): QueueFigures {
  const {at, uptime, end} = moment
  const troubleBegan = Math.max(end - (story.forSeconds ?? 600), at - uptime)
  const healthySeconds = Math.max(0, troubleBegan - (at - uptime))
  const troubleSeconds = Math.max(0, at - troubleBegan)
  const identity = {
    ...(story.name && {name: story.name}),
    ...(story.url && {url: story.url}),
    recordsRead: Math.round(uptime),
  }
  const taken = Math.round(rate * healthySeconds)
  const sentAtTrouble = healthySeconds > 0 ? Math.floor(troubleBegan) : null
  const waiting = Math.min(Math.round(rate * troubleSeconds), 11_999)
  const all = Math.round(rate * uptime)
  switch (story.doing ?? 'delivering') {
    case 'delivering':
      return {...identity, total: all, bytes: all * BYTES_PER_SAMPLE, pending: rate, highestSent: Math.floor(at - 2)}
    case 'idle':
      return {...identity, total: all, bytes: all * BYTES_PER_SAMPLE, pending: 0, highestSent: Math.floor(at - 2)}
    case 'failing': {
      const failed = Math.round(rate * troubleSeconds)
      return {
        ...identity,
        total: all,
        failed,
        bytes: all * BYTES_PER_SAMPLE,
        pending: rate,
        highestSent: Math.floor(at - 2),
      }
    }
    case 'retrying': {
      const retried = Math.round(RETRIES_PER_SECOND * troubleSeconds)
      const total = taken + retried
      return {
        ...identity,
        total,
        retried,
        bytes: taken * BYTES_PER_SAMPLE,
        pending: waiting,
        highestSent: sentAtTrouble,
      }
    }
    case 'hanging':
      return {...identity, total: taken, bytes: taken * BYTES_PER_SAMPLE, pending: waiting, highestSent: sentAtTrouble}
    case 'dropping':
      return {...identity, dropped: {dropped_series: all}, pending: 0, highestSent: null}
    case 'catching-up': {
      const total = taken + Math.round(2 * rate * troubleSeconds)
      const highestSent = Math.floor(end - 2400 + 2 * (at - end))
      return {...identity, total, bytes: total * BYTES_PER_SAMPLE, pending: 11_999, highestSent}
    }
  }
}
