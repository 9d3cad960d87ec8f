import {describe, expect, it} from 'vitest'
import {decideAgentState} from '../../src/diagnose/state.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {type AgentOptions, aFleet, aLogShape, anAgent, aScrape, NOW, timestamp} from '../builders/evidence.ts'

function decide(options: AgentOptions = {}) {
  const facts = readFacts(aFleet({agents: [anAgent(options)]}))
  return decideAgentState(facts.agents[0]!, facts.agents)
}

const refused = 'server returned HTTP status 401 Unauthorized: '

describe('row 3, the WAL was lost', () => {
  it('is losing while the reader has not sent anything newer than the tailing error', () => {
    const decision = decide({
      queues: [{doing: 'retrying', forSeconds: 7200}],
      log: [
        {message: 'error tailing WAL', level: 'error', last: timestamp(NOW - 60), first: timestamp(NOW - 60), count: 1},
      ],
    })
    expect(decision).toMatchObject({state: 'losing', row: 3, since: timestamp(NOW - 60)})
  })

  it('is history once the queue has sent newer samples', () => {
    const decision = decide({
      log: [
        {
          message: 'error tailing WAL',
          level: 'error',
          last: timestamp(NOW - 600),
          first: timestamp(NOW - 600),
          count: 1,
        },
      ],
    })
    expect(decision).toMatchObject({state: 'delivering', row: 11})
  })

  it('is losing after a restart while 10 min behind, until S passes the restart', () => {
    const behind = {total: 5000, retried: 3000, pending: 9000, highestSent: NOW - 610}
    const decision = decide({
      scrapes: [
        aScrape({at: NOW - 10, uptime: 5000, samplesIn: 90_000, highestTimestamp: NOW - 11, queues: [behind]}),
        aScrape({
          at: NOW,
          uptime: 4,
          samplesIn: 500,
          highestTimestamp: NOW - 1,
          queues: [{highestSent: null, pending: 300}],
        }),
      ],
    })
    expect(decision).toMatchObject({state: 'losing', row: 3})
    expect(decision.reason).toMatch(/restarted at 02:14 while late/)
    const later = decide({
      scrapes: [
        aScrape({at: NOW - 100, uptime: 5000, samplesIn: 90_000, highestTimestamp: NOW - 101, queues: [behind]}),
        aScrape({
          at: NOW,
          uptime: 80,
          samplesIn: 9000,
          highestTimestamp: NOW - 1,
          queues: [{total: 9000, highestSent: NOW - 2}],
        }),
      ],
    })
    expect(later).toMatchObject({state: 'delivering', row: 11})
  })

  it('is losing after a reload rebuilt the queue while it was late', () => {
    const decision = decide({
      scrapes: [
        aScrape({
          at: NOW - 10,
          uptime: 86_390,
          samplesIn: 90_000,
          highestTimestamp: NOW - 11,
          queues: [{total: 50, pending: 9000, highestSent: NOW - 900}],
        }),
        aScrape({
          at: NOW,
          samplesIn: 91_000,
          highestTimestamp: NOW - 1,
          queues: [{total: 0, pending: 30, highestSent: null}],
        }),
      ],
    })
    expect(decision).toMatchObject({state: 'losing', row: 3})
  })
})

describe('row 4, refused', () => {
  it('is losing when 1 % of the window is refused, and not below', () => {
    const queue = (failed: number) => ({
      scrapes: [
        aScrape({
          at: NOW - 10,
          uptime: 86_390,
          samplesIn: 10_000,
          highestTimestamp: NOW - 11,
          queues: [{total: 10_000, bytes: 1, highestSent: NOW - 12}],
        }),
        aScrape({
          at: NOW,
          samplesIn: 20_000,
          highestTimestamp: NOW - 1,
          queues: [{total: 20_000, bytes: 9, failed, highestSent: NOW - 2}],
        }),
      ],
    })
    expect(decide(queue(100))).toMatchObject({
      state: 'losing',
      row: 4,
      reason: '1 % of the samples are refused and dropped',
    })
    expect(decide(queue(99))).toMatchObject({state: 'delivering', row: 11})
  })

  it('is losing although lag reads 1 s, because refused samples count as sent', () => {
    const decision = decide({queues: [{doing: 'failing', forSeconds: 86_400}]})
    expect(decision).toMatchObject({state: 'losing', row: 4})
    expect(decision.queues[0]?.queue.lagSeconds).toBeLessThan(15)
  })

  it('is losing on one scrape when nearly everything since the start was refused', () => {
    expect(decide({intervalSeconds: 0, queues: [{doing: 'failing', forSeconds: 90_000}]})).toMatchObject({
      state: 'losing',
      row: 4,
    })
  })

  it('needs a fresh refusal in the log on one scrape when only some of it was refused', () => {
    const options: AgentOptions = {intervalSeconds: 0, queues: [{doing: 'failing', forSeconds: 8640}]}
    const line = {message: 'non-recoverable error', level: 'error' as const, error: refused}
    expect(decide({...options, log: [aLogShape({...line, last: timestamp(NOW - 100)})]})).toMatchObject({
      state: 'losing',
      row: 4,
    })
    expect(decide({...options, log: [aLogShape({...line, last: timestamp(NOW - 300)})]})).toMatchObject({
      state: 'losing',
      row: 4,
    })
    expect(decide({...options, log: [aLogShape({...line, last: timestamp(NOW - 301)})]})).toMatchObject({
      state: 'unknown',
      row: 12,
    })
  })

  it.each([
    [125, 'losing'],
    [126, 'delivering'],
  ] as const)(
    'between two scrapes that tried nothing, a refusal logged %d s ago is %s: the log says it once a minute',
    (age, state) => {
      const figures = {failed: 4000, total: 1_000_000, bytes: 1e6}
      const log = [
        aLogShape({message: 'non-recoverable error', level: 'error', error: refused, last: timestamp(NOW - age)}),
      ]
      expect(decide({queues: [{figures: {...figures, pending: 0}}], log})).toMatchObject({state})
    },
  )

  it('is losing, and not delivering, where all was refused until a receiver went slow with a batch under way', () => {
    const line = {message: 'non-recoverable error', level: 'error' as const, error: refused}
    const held = (failed: number) => ({
      figures: {failed, total: 90_500, bytes: 90_000, highestSent: NOW - 12},
      first: {pending: 100},
      last: {total: 91_000, pending: 1100},
    })
    expect(decide({queues: [held(90_500)]})).toMatchObject({state: 'losing', row: 4})
    const log = [aLogShape({...line, last: timestamp(NOW - 100)})]
    expect(decide({queues: [held(20_000)], log})).toMatchObject({state: 'losing', row: 4})
    expect(decide({queues: [held(0)], log})).toMatchObject({state: 'delivering', row: 11})
  })
  describe('where none is refused in the look, and the log says that some were before', () => {
    const line = {message: 'non-recoverable error', level: 'error' as const, error: refused}
    const lookedAt = (
      agoSeconds: number,
      {failed = 1, look = 10, every = 15}: Partial<Record<'failed' | 'look' | 'every', number>> = {},
    ) => {
      const first = {failed, total: 990_000, bytes: 1e6, highestSent: NOW - 20}
      const queues = [{first, last: {...first, total: 1_000_000, bytes: 2e6, highestSent: NOW - 5}}]
      const log = [aLogShape({...line, last: timestamp(NOW - agoSeconds)})]
      return decide({scrapeIntervalSeconds: every, intervalSeconds: look, queues, log})
    }
    it('is unknown while the look is shorter than a scrape interval, however few they were', () => {
      expect([14, 15].map(look => lookedAt(60, {look}).state)).toEqual(['unknown', 'delivering'])
      expect([125, 126].map(ago => lookedAt(ago, {look: 14}).state)).toEqual(['unknown', 'delivering'])
      expect(lookedAt(60, {look: 14, failed: 0}).state).toBe('delivering')
    })
    it('is unknown for an interval and 65 s where targets are scraped every five minutes, and no longer where they are more rarely', () => {
      expect([365, 366].map(ago => lookedAt(ago, {every: 300}).state)).toEqual(['unknown', 'delivering'])
      expect([365, 366].map(ago => lookedAt(ago, {every: 3600}).state)).toEqual(['unknown', 'delivering'])
    })
    it('is unknown where they were many, since one batch in eight may be refused', () => {
      expect([9999, 10_000].map(failed => lookedAt(60, {failed, look: 40}).state)).toEqual(['delivering', 'unknown'])
      expect([124, 125].map(look => lookedAt(60, {failed: 100_000, look}).state)).toEqual(['unknown', 'delivering'])
    })
    it('is unknown by one scrape, whatever share of the life of the queue they are', () => {
      expect([125, 126].map(ago => lookedAt(ago, {look: 0}).state)).toEqual(['unknown', 'delivering'])
    })
  })
  it('does not call samples refused an hour ago a state', () => {
    expect(decide({queues: [{doing: 'delivering', figures: {failed: 4000}}]})).toMatchObject({
      state: 'delivering',
      row: 11,
    })
  })
})

describe('row 4, given up by the agent itself', () => {
  it('does not say that the receiver refused what a stopped queue gave up', () => {
    const decision = decide({
      queues: [{doing: 'retrying', forSeconds: 300, first: {failed: 0}, last: {failed: 3017}}],
      log: [{message: 'non-recoverable error', level: 'error', error: 'context canceled', last: timestamp(NOW - 5)}],
    })
    expect(decision).toMatchObject({state: 'losing', row: 4})
    expect(decision.reason).toMatch(/^the queue was stopped/)
  })
  it('nor minutes later, when its metadata still holds up the reload', () => {
    const given = {failed: 3017, total: 3020, pending: 0}
    const retrying = {doing: 'retrying', forSeconds: 300, first: given, last: {...given, total: 3030}} as const
    const reasonFor = (error: string, ago = 150) => {
      const gaveUp = {message: 'non-recoverable error', level: 'error', last: timestamp(NOW - ago), error} as const
      return decide({queues: [retrying], log: [gaveUp]}).reason
    }
    expect(reasonFor('context canceled')).toMatch(/^the queue was stopped/)
    expect(reasonFor(refused)).not.toMatch(/^the queue was stopped/)
    expect(reasonFor('context canceled', 300)).toMatch(/^the queue was stopped/)
    expect(reasonFor('context canceled', 301)).not.toMatch(/^the queue was stopped/)
  })
})

describe('row 5, dropped', () => {
  const dropping = (reason: string) => {
    return decide({queues: [{doing: 'delivering', first: {dropped: {[reason]: 0}}, last: {dropped: {[reason]: 900}}}]})
  }
  it('is losing when samples are dropped for their age, or for a series that the queue does not know', () => {
    expect(dropping('too_old')).toMatchObject({state: 'losing', row: 5})
    expect(dropping('unintentionally_dropped_series')).toMatchObject({state: 'losing', row: 5})
  })
  it("never takes the user's own filter for loss", () => {
    expect(dropping('dropped_series')).toMatchObject({state: 'delivering', row: 11})
  })

  describe('by sample_age_limit, in an outage that is longer', () => {
    // Shards that wait take no more from the reader, so that the counter stands still while ever more gets too old.
    const blocked = (forSeconds: number, tooOld: number, more: AgentOptions = {}) =>
      decide({
        remoteWriteYaml: 'queue_config: {sample_age_limit: 5m}',
        queues: [{doing: 'retrying', forSeconds, figures: {dropped: {too_old: tooOld}}}],
        ...more,
      })
    it('is losing in a look in which none is dropped, and since the last delivery', () => {
      const decision = blocked(900, 25)
      expect(decision).toMatchObject({state: 'losing', row: 5, since: timestamp(NOW - 900)})
      expect(decision.reason).toMatch(/^retries and finishes nothing; what waits is older than sample_age_limit/)
    })
    it('is losing by one scrape, too', () => {
      expect(blocked(900, 25, {intervalSeconds: 0})).toMatchObject({state: 'losing', row: 5})
    })
    it('is behind before the first one is dropped, and before what waits is older, by a scrape interval', () => {
      expect(blocked(900, 0)).toMatchObject({state: 'behind', row: 7})
      expect(blocked(314, 25)).toMatchObject({state: 'behind', row: 7})
      expect(blocked(315, 25)).toMatchObject({state: 'losing', row: 5})
    })
    it('is delivering when the outage is over', () => {
      expect(blocked(0, 25, {queues: [{figures: {dropped: {too_old: 25}}}]})).toMatchObject({state: 'delivering'})
    })
  })
})

describe('row 7, blocked or late', () => {
  it('is behind from the first retry of a total outage, whatever the lag', () => {
    const decision = decide({queues: [{doing: 'retrying', forSeconds: 15}]})
    expect(decision).toMatchObject({state: 'behind', row: 7})
    expect(decision.reason).toMatch(/^retries and finishes nothing/)
  })

  it('is behind when the receiver hangs, from scrape interval + 20 s on', () => {
    expect(decide({queues: [{doing: 'hanging', forSeconds: 60}]})).toMatchObject({state: 'behind', row: 7})
    expect(decide({queues: [{doing: 'hanging', forSeconds: 30}]}).state).not.toBe('losing')
  })

  it('is behind, and not delivering, while it catches up from 40 min', () => {
    const decision = decide({queues: [{doing: 'catching-up', forSeconds: 60}]})
    expect(decision).toMatchObject({state: 'behind', row: 7, since: null})
    expect(decision.reason).toMatch(/catching up/)
  })

  it('is behind though a future timestamp makes the lag read 0', () => {
    const fooled = {highestTimestamp: NOW + 500}
    const decision = decide({figures: fooled, queues: [{doing: 'retrying', figures: {highestSent: NOW + 500}}]})
    expect(decision).toMatchObject({state: 'behind', row: 7})
    expect(decision.queues[0]?.queue.lagSeconds).toBeNull()
  })

  it('reads 900 s behind on 3.7 although the queue own high-water mark stands 5 s ahead', () => {
    const decision = decide({
      version: '3.7.1',
      queues: [{doing: 'retrying', forSeconds: 900, figures: {highestSent: NOW - 901, highestEnqueued: NOW - 896}}],
    })
    expect(decision).toMatchObject({state: 'behind', row: 7})
    expect(decision.queues[0]?.queue.lagSeconds).toBe(900)
  })

  it('says when it began by what was last delivered', () => {
    expect(decide({queues: [{doing: 'retrying', forSeconds: 2460}]}).since).toBe(timestamp(NOW - 2460))
  })
})

describe('row 8, never delivered', () => {
  it('is behind on the first scrape when nothing was delivered for 10 min', () => {
    const decision = decide({uptimeSeconds: 600, intervalSeconds: 0, queues: [{doing: 'retrying', forSeconds: 9999}]})
    expect(decision.state).toBe('behind')
  })
  it('does not hold a queue against its process age that a reload has just built', () => {
    const decision = decide({
      scrapes: [
        aScrape({
          at: NOW - 10,
          uptime: 86_390,
          samplesIn: 90_000,
          highestTimestamp: NOW - 11,
          queues: [{total: 90_000, highestSent: NOW - 12}],
        }),
        aScrape({
          at: NOW,
          lastReloadAt: NOW - 3,
          samplesIn: 91_000,
          highestTimestamp: NOW - 1,
          queues: [{pending: 200, highestSent: null}],
        }),
      ],
    })
    expect(decision).toMatchObject({state: 'unknown', row: 12})
  })
})

describe('row 9, nothing to send', () => {
  const noTargets = {
    targets: {active: 0, up: 0, pools: []},
    queues: [{doing: 'idle' as const, figures: {total: 0, bytes: 0, highestSent: null}}],
  }
  it('is silent when nothing was ever scraped', () => {
    const figures = {samplesIn: 0, highestTimestamp: null}
    expect(decide({...noTargets, figures})).toMatchObject({state: 'silent', row: 9})
    expect(decide({...noTargets, figures, intervalSeconds: 0})).toMatchObject({state: 'silent', row: 9})
  })
  it('is silent when scraping stopped three intervals and a minute ago', () => {
    const since = (age: number) => ({
      figures: {samplesIn: 5000, highestTimestamp: NOW - age},
      queues: [{doing: 'idle' as const, figures: {total: 5000, bytes: 0, highestSent: NOW - age}}],
    })
    expect(decide(since(61))).toMatchObject({state: 'silent', row: 9, since: timestamp(NOW - 61)})
    expect(decide(since(60)).state).toBe('delivering')
  })
  it('is silent when relabelling drops everything and nothing was ever sent', () => {
    const decision = decide({uptimeSeconds: 900, queues: [{doing: 'dropping'}]})
    expect(decision).toMatchObject({state: 'silent', row: 9, since: timestamp(NOW - 900)})
  })
  it('is silent when a reload brought the rule that drops everything, though the process scraped for a day before', () => {
    const dropped = (value: number) => ({dropped: {dropped_series: value}, highestSent: null})
    const decision = decide({
      figures: {lastReloadAt: NOW - 600},
      queues: [{doing: 'dropping', first: dropped(106_200), last: dropped(108_000)}],
    })
    expect(decision).toMatchObject({state: 'silent', row: 9, since: null})
  })
  it('is silent in a look that is shorter than the scrape interval, too, in which nothing is read, and by one scrape', () => {
    const still = {dropped: {dropped_series: 900}, highestSent: null, pending: 0}
    const inAShortLook = (more: object = {}, options: AgentOptions = {}) =>
      decide({
        rate: 0,
        figures: {lastReloadAt: NOW - 600, highestTimestamp: NOW - 12},
        queues: [{doing: 'dropping', first: {...still, ...more}, last: {...still, ...more}}],
        ...options,
      }).state
    expect(inAShortLook()).toBe('silent')
    expect(inAShortLook({}, {intervalSeconds: 0})).toBe('silent')
    expect(inAShortLook({total: 1})).not.toBe('silent')
    expect(inAShortLook({pending: 1})).not.toBe('silent')
    expect(inAShortLook({}, {figures: {lastReloadAt: NOW - 60, highestTimestamp: NOW - 12}})).not.toBe('silent')
  })
})

describe('row 10, too young', () => {
  it('ends after a minute for an agent that sends, however rarely some of its targets are scraped', () => {
    const upFor = (uptimeSeconds: number) =>
      decide({scrapeIntervalSeconds: 3600, uptimeSeconds, queues: [{doing: 'delivering'}]}).state
    expect([59, 60].map(upFor)).toEqual(['unknown', 'delivering'])
  })
  it('is unknown a few seconds after a restart that cost nothing', () => {
    const decision = decide({
      scrapes: [
        aScrape({
          at: NOW - 10,
          uptime: 5000,
          samplesIn: 90_000,
          highestTimestamp: NOW - 11,
          queues: [{total: 9, highestSent: NOW - 12}],
        }),
        aScrape({at: NOW, uptime: 4, samplesIn: 0, highestTimestamp: null, queues: [{highestSent: null}]}),
      ],
    })
    expect(decision).toMatchObject({state: 'unknown', row: 10, reason: 'restarted 4 s ago, too early to say'})
  })
})

describe('row 11, delivering', () => {
  it('is delivering on two scrapes, and on one', () => {
    expect(decide()).toMatchObject({state: 'delivering', row: 11})
    expect(decide({intervalSeconds: 0})).toMatchObject({state: 'delivering', row: 11})
  })
  it('is delivering between the scrapes of a 30 s and of a 300 s interval, when nothing is sent for a while', () => {
    const quiet = (age: number) => ({
      figures: {samplesIn: 9000, highestTimestamp: NOW - age},
      queues: [{doing: 'idle' as const, figures: {total: 9000, bytes: 0, highestSent: NOW - age}}],
    })
    expect(decide({scrapeIntervalSeconds: 30, ...quiet(28)})).toMatchObject({state: 'delivering', row: 11})
    expect(decide({scrapeIntervalSeconds: 300, ...quiet(280)})).toMatchObject({state: 'delivering', row: 11})
  })
  it('is delivering with a narrow keep-list whose H - S is 200 s while nothing waits', () => {
    const figures = {total: 900, bytes: 0, pending: 0, highestSent: NOW - 200, dropped: {dropped_series: 500_000}}
    const decision = decide({queues: [{doing: 'idle', figures}]})
    expect(decision).toMatchObject({state: 'delivering', row: 11})
    expect(decision.queues[0]?.queue.lagSeconds).toBe(0)
  })
  it('is delivering, with rates unknown, when a reload rebuilt the queue while it was up to date', () => {
    const decision = decide({
      scrapes: [
        aScrape({
          at: NOW - 10,
          uptime: 86_390,
          samplesIn: 90_000,
          highestTimestamp: NOW - 11,
          queues: [{total: 90_000, highestSent: NOW - 12}],
        }),
        aScrape({at: NOW, samplesIn: 91_000, highestTimestamp: NOW - 1, queues: [{total: 400, highestSent: NOW - 2}]}),
      ],
    })
    expect(decision).toMatchObject({state: 'delivering', row: 11})
    expect(decision.queues[0]?.queue.deliveredPerSecond).toBeNull()
  })
  it('does not change when the agent clock is 10 min wrong', () => {
    expect(decide({clockSkewSeconds: 600})).toMatchObject({state: 'delivering', row: 11})
    expect(decide({clockSkewSeconds: -600})).toMatchObject({state: 'delivering', row: 11})
  })
  it('is delivering for a relay, which has samples without targets', () => {
    expect(decide({targets: {active: 0, up: 0, pools: []}})).toMatchObject({state: 'delivering', row: 11})
  })
})

describe('row 12, anything else', () => {
  it('is unknown while a queue that a reload built a moment ago has sent nothing, though nothing waits in it', () => {
    const reloadedAgo = (age: number, highestSent: number | null = null) =>
      decide({
        figures: {lastReloadAt: NOW - age},
        queues: [{doing: 'idle', figures: {total: 0, bytes: 0, highestSent}}],
      })
    const reason = 'nothing was sent yet since a reload 59 s ago, too early to say'
    expect(reloadedAgo(59)).toMatchObject({state: 'unknown', row: 12, reason})
    expect(reloadedAgo(60)).toMatchObject({state: 'delivering', row: 11})
    expect(reloadedAgo(5, NOW - 2)).toMatchObject({state: 'delivering', row: 11})
  })
  it('is unknown, and says which input is missing', () => {
    const decision = decide({
      intervalSeconds: 0,
      queues: [{doing: 'delivering', figures: {highestSent: NOW - 60, pending: 5}}],
      figures: {highestTimestamp: NOW - 50},
    })
    expect(decision).toMatchObject({
      state: 'unknown',
      row: 12,
      reason: 'one scrape does not tell: take two (--interval 10)',
    })
  })
})
