import {describe, expect, it} from 'vitest'
import {lagReportFromCentral} from '../../../src/diagnose/lag/from-central.ts'
import type {LagRow} from '../../../src/diagnose/lag/lag-report.ts'
import type {CentralFleetEvidence, CentralQueue} from '../../../src/evidence/central-fleet.ts'
import {fleetEvidenceSchema} from '../../../src/evidence/schema.ts'
import type {Failure} from '../../../src/evidence/types.ts'
import {THRESHOLDS} from '../../../src/facts/thresholds.ts'
import {type Aged, fleetFromCentral, look, NOON_SECONDS, queue, queues} from '../../builders/central-fleet.ts'

const usual = {sort: 'state', onlyBehind: false, failOverSeconds: null} as const

function report(parts: Partial<CentralFleetEvidence>, intervalSeconds = 10) {
  const evidence = fleetFromCentral(parts, intervalSeconds)
  expect(fleetEvidenceSchema.safeParse(evidence).success).toBe(true)
  return lagReportFromCentral(evidence, THRESHOLDS, usual)
}

/** Ten seconds after the first look. */
const again = (...aged: Aged[]) => look(aged, {atSeconds: NOON_SECONDS + 10})

function onlyRow(parts: Partial<CentralFleetEvidence>, intervalSeconds = 10): LagRow {
  const {rows} = report(parts, intervalSeconds)
  expect(rows).toHaveLength(1)
  return rows[0] as LagRow
}

describe('an identity whose newest sample is young', () => {
  it('delivers, and its data is stored', () => {
    const {rows, exitCode, seenFrom, contexts} = report({looks: [look([['cluster2', 20]])]})
    expect(rows).toMatchObject([
      {
        context: 'cluster2',
        state: 'delivering',
        queue: {arrival: 'stored', lagSeconds: 20, lagSource: 'newest-stored', lossClock: {status: 'not-needed'}},
        central: {identity: {cluster: 'cluster2'}, newestSampleAt: '2026-11-23T11:59:40.000Z', ageSeconds: 20},
        lagBasis: {clock: 'central'},
      },
    ])
    expect({exitCode, seenFrom}).toEqual({exitCode: 0, seenFrom: 'central'})
    expect(contexts).toMatchObject([{name: 'cluster2', agents: 1, reachable: true}])
  })

  it('is late from two of its scrape intervals and 2 min on, where its own metrics tell the interval', () => {
    const at = (ageSeconds: number, intervalSeconds: number) =>
      onlyRow({looks: [look([['c', ageSeconds]])], queues: queues(queue('c', {intervalSeconds}))}, 0).state
    expect([at(119, 30), at(120, 30), at(599, 300), at(600, 300)]).toEqual([
      'delivering',
      'behind',
      'delivering',
      'behind',
    ])
  })

  it('is late from 5 min on, where nothing tells its scrape interval', () => {
    expect(onlyRow({looks: [look([['c', 299]])]}, 0).state).toBe('delivering')
    expect(onlyRow({looks: [look([['c', 300]])]}, 0).state).toBe('behind')
  })
})

describe('a central that may not be asked', () => {
  const refused = (needs: Failure['needs'], detail: string): Failure => ({
    ok: false,
    reason: 'forbidden',
    detail,
    needs,
  })
  const contextOf = (failure: Failure) => report({name: 'hub/monitoring/central-0', looks: [failure]}).contexts[0]

  it('comes with the right that is missing, what grants it, and the way without it', () => {
    const right = (verb: string, resource: string) => ({verb, group: '', resource, namespace: 'monitoring'})
    const ways = [[right('create', 'pods/portforward')], [right('get', 'pods/proxy')]]
    const detail =
      'pods "central-0" is forbidden: User "jane" cannot create resource "pods/portforward" in API group ""'
    const {rows, contexts, exitCode} = report({name: 'hub/monitoring/central-0', looks: [refused(ways, detail)]})
    expect({states: rows.map(({state}) => state), exitCode}).toEqual({states: ['unknown'], exitCode: 3})
    expect(contexts[0]?.refused).toEqual({
      what: 'the central hub/monitoring/central-0',
      needs: 'create on pods/portforward in namespace monitoring, or get on pods/proxy in namespace monitoring',
      grant: 'promfleet rbac --user jane -n monitoring | kubectl --context ADMIN_CONTEXT apply -f -',
      instead: '--central-url URL asks the central itself, where it can be reached from here',
    })
  })

  it('has no rule to add where it refuses by itself, and none where it is away', () => {
    expect(contextOf(refused([], 'it answered 403: no access for this tenant'))?.refused).toBeUndefined()
    expect(contextOf({ok: false, reason: 'timeout', detail: 'no answer', needs: []})?.refused).toBeUndefined()
  })
})

describe('an identity whose newest sample is old', () => {
  it('is silent when a second look finds the same sample', () => {
    const row = onlyRow({looks: [look([['c', 660]]), again(['c', 670])]})
    expect(row).toMatchObject({
      state: 'silent',
      stateReason: 'nothing arrives: its newest sample is from 11:49 (11 min ago)',
      since: '2026-11-23T11:49:00.000Z',
      queue: {lagSeconds: 670, arrival: 'unknown', lossClock: {status: 'unknown'}},
    })
  })

  it('is behind when newer samples arrive, and catches up when they gain more than a scrape interval', () => {
    const steady = onlyRow({looks: [look([['c', 660]]), again(['c', 640])]})
    expect(steady).toMatchObject({state: 'behind', queue: {catchUp: {verdict: 'unknown'}}})
    const gaining = onlyRow({looks: [look([['c', 660]]), again(['c', 560])]})
    // 110 s of data in 10 s: 100 s gained, 560 s to go.
    expect(gaining).toMatchObject({state: 'behind', queue: {catchUp: {verdict: 'yes', seconds: 56}}})
    expect(gaining.stateReason).toMatch(/newer ones arrive, catching up/)
  })

  it('is behind after a single look, which says that it cannot tell more', () => {
    expect(onlyRow({looks: [look([['c', 660]])]}, 0)).toMatchObject({
      state: 'behind',
      stateReason: expect.stringContaining('one look does not tell'),
    })
  })

  it('is silent when it is only seen far back', () => {
    const row = onlyRow({looks: [look([])], widerLook: look([['c', 7200]], {windowSeconds: 86_400})}, 0)
    expect(row).toMatchObject({state: 'silent', queue: {lagSeconds: 7200}})
  })

  it('delivers when it sends other series than up', () => {
    const row = onlyRow({looks: [look([])], widerLook: look([['c', 20]], {windowSeconds: 86_400})})
    expect(row).toMatchObject({state: 'delivering', queue: {lagSeconds: 20}})
  })

  it('is unknown when the answer was partial, and so is the whole', () => {
    const {rows, exitCode} = report({
      looks: [look([['c', 660]], {warnings: ['store-2 did not answer']}), again(['c', 670])],
    })
    expect(rows.map(({of, state}) => [of, state])).toEqual(
      expect.arrayContaining([
        ['queue', 'unknown'],
        ['context', 'unknown'],
      ]),
    )
    expect(rows.find(({of}) => of === 'context')?.stateReason).toBe('its answer is partial: store-2 did not answer')
    expect(exitCode).toBe(3)
  })
})

describe('agents of one place', () => {
  const replica = (name: string, cluster = 'c') => ({cluster, prometheus: 'monitoring/agent', prometheus_replica: name})

  it('each have a row, so that one that is silent does not hide behind another', () => {
    const {rows, contexts} = report({
      looks: [
        look([
          [replica('agent-0'), 20],
          [replica('agent-1'), 660],
        ]),
        again([replica('agent-1'), 670]),
      ],
    })
    expect(rows.map(({namespace, pod, state}) => [namespace, pod, state])).toEqual([
      ['monitoring', 'agent-1', 'silent'],
      ['monitoring', 'agent-0', 'delivering'],
    ])
    expect(rows[0]?.stateReason).toMatch(/^nothing arrives, while others of this place arrive/)
    expect(contexts).toMatchObject([{name: 'c', agents: 2}])
  })

  it('a pod that another took the place of is no row: pods of Deployments and DaemonSets get new names', () => {
    const looks = [
      look([
        [replica('agent-x7k2p'), 20],
        [replica('agent-bq4zd'), 660],
      ]),
      again([replica('agent-bq4zd'), 670]),
    ]
    expect(report({looks}).rows.map(({pod}) => pod)).toEqual(['agent-x7k2p'])
  })

  it('of such pods of which none is fresh, the newest is a row', () => {
    const looks = [
      look([
        [replica('agent-x7k2p'), 700],
        [replica('agent-bq4zd'), 2000],
      ]),
      again([replica('agent-x7k2p'), 710], [replica('agent-bq4zd'), 2010]),
    ]
    expect(report({looks}).rows.map(({pod, state}) => [pod, state])).toEqual([['agent-x7k2p', 'silent']])
  })

  it('one with other labels than the fresh ones may be the same under its labels of before: unknown', () => {
    const looks = [
      look([
        [replica('agent-0'), 20],
        ['c', 1800],
      ]),
      again(['c', 1810]),
    ]
    expect(report({looks}).rows.map(({pod, state}) => [pod, state])).toEqual([
      ['', 'unknown'],
      ['agent-0', 'delivering'],
    ])
  })
})

describe("queues by the agents' own metrics", () => {
  const fresh = {looks: [look([['c', 20]])]}

  it('have a row each, with their figures', () => {
    const row = onlyRow({...fresh, queues: queues(queue('c'))})
    expect(row).toMatchObject({
      state: 'delivering',
      namespace: 'monitoring',
      pod: 'agent-0',
      bytesPerSample: 15,
      queue: {
        name: 'central',
        arrival: 'stored',
        deliveredPerSecond: 100,
        offeredPerSecond: 100,
        failureRatio: 0,
        retryRatio: 0,
        pendingSamples: 20,
        shards: {current: 1, desired: 0.1, min: null, max: 50},
      },
    })
  })

  it('lose data from 1 % refused on', () => {
    const at = (failedPerSecond: number) => onlyRow({...fresh, queues: queues(queue('c', {failedPerSecond}))})
    expect(at(0.9)).toMatchObject({state: 'delivering'})
    expect(at(1)).toMatchObject({
      state: 'losing',
      stateRow: 4,
      stateReason: '1 % of the samples of the last 5 min were refused and dropped',
    })
  })

  it('that retry and finish nothing are behind, beside one that delivers here', () => {
    const broken = queue('c', {
      name: 'other',
      attemptedPerSecond: 3,
      retriedPerSecond: 3,
      sentSeconds: NOON_SECONDS - 900,
      pendingSamples: 2000,
    })
    const {rows} = report({...fresh, queues: queues(queue('c'), broken)})
    expect(rows.map(({queue: own, state}) => [own?.name, state, own?.arrival])).toEqual([
      ['other', 'behind', 'unknown'],
      ['central', 'delivering', 'accepted'],
    ])
    expect(rows[0]).toMatchObject({
      stateReason: 'retries and finishes nothing, 14 min behind',
      queue: {retryRatio: 1, deliveredPerSecond: 0},
    })
  })

  it('of which one lags and nothing is pending leave open what that is', () => {
    const odd = queue('c', {name: 'odd', sentSeconds: NOON_SECONDS - 900, pendingSamples: 0})
    expect(report({...fresh, queues: queues(queue('c'), odd)}).rows[0]).toMatchObject({state: 'unknown', stateRow: 12})
  })

  it('a single queue whose marks lie apart delivers all the same: its samples are here', () => {
    const row = onlyRow({...fresh, queues: queues(queue('c', {sentSeconds: NOON_SECONDS - 900, pendingSamples: 0}))})
    expect(row).toMatchObject({state: 'delivering', queue: {lagSeconds: 20}})
  })

  it('of agents that cannot be told apart are unknown while they deliver: a silent one would not show', () => {
    const row = onlyRow({...fresh, queues: queues(queue('c', {agents: 3}))})
    expect(row).toMatchObject({state: 'unknown', stateReason: expect.stringMatching(/^3 agents .*--identity-label/)})
    const refused = onlyRow({...fresh, queues: queues(queue('c', {agents: 3, failedPerSecond: 50}))})
    expect(refused.state).toBe('losing')
  })

  it('whose counters do not span the five minutes have no rates: an average over time without samples is none', () => {
    const young = onlyRow({...fresh, queues: queues(queue('c', {isOfferedYoung: 1, isAttemptedYoung: 1}))})
    expect(young).toMatchObject({
      state: 'delivering',
      bytesPerSample: 15,
      queue: {deliveredPerSecond: null, offeredPerSecond: null, bytesPerSecond: null, failureRatio: 0},
    })
    const reloaded = onlyRow({...fresh, queues: queues(queue('c', {isAttemptedYoung: 1}))})
    expect(reloaded.queue).toMatchObject({deliveredPerSecond: null, offeredPerSecond: 100, bytesPerSecond: null})
  })

  it('whose counters are young and tell of refusals lose data all the same', () => {
    const row = onlyRow({...fresh, queues: queues(queue('c', {isAttemptedYoung: 1, failedPerSecond: 50}))})
    expect(row).toMatchObject({state: 'losing', queue: {failureRatio: 0.5, deliveredPerSecond: null}})
  })

  it('of agents that cannot be told apart have no rates: whose they are is not known', () => {
    const row = onlyRow({...fresh, queues: queues(queue('c', {agents: 3}))})
    expect(row).toMatchObject({bytesPerSample: null, queue: {deliveredPerSecond: null, offeredPerSecond: null}})
  })

  it('of two processes that take turns in one series are unknown, whatever share seems to be refused', () => {
    const mixed = (more: Partial<CentralQueue> = {}) =>
      onlyRow({...fresh, queues: queues(queue('c', {returns: 2, ...more}))})
    for (const row of [mixed(), mixed({failedPerSecond: 50}), mixed({retriedPerSecond: 100})]) {
      expect(row).toMatchObject({
        ...{state: 'unknown', stateRow: 27, bytesPerSample: null},
        stateReason: expect.stringMatching(/^two agents write under one identity.*tell them apart/),
        queue: {deliveredPerSecond: null, offeredPerSecond: null, failureRatio: null, retryRatio: null},
      })
    }
    const late = onlyRow({looks: [look([['c', 900]])], queues: queues(queue('c', {returns: 2}))})
    expect(late.state).toBe('behind')
  })

  it('that never sent are behind', () => {
    const never = queue('c', {name: 'never', sentSeconds: 0, attemptedPerSecond: 0, pendingSamples: 500})
    expect(report({...fresh, queues: queues(queue('c'), never)}).rows[0]).toMatchObject({state: 'behind', stateRow: 8})
  })

  it('whose figures cannot be read leave the states by age, and a row that says so', () => {
    const failed: Failure = {ok: false, reason: 'failed', detail: 'central answered 422: too many samples', needs: []}
    const {rows, exitCode} = report({...fresh, queues: failed})
    expect(rows.map(({of, state}) => [of, state])).toEqual([
      ['context', 'unknown'],
      ['queue', 'delivering'],
    ])
    expect(rows[0]?.stateReason).toContain('422')
    expect(exitCode).toBe(3)
  })
})

describe('what is expected', () => {
  it('and not stored is silent', () => {
    const {rows, exitCode} = report({looks: [look([['a', 20]])], expected: [{cluster: 'a'}, {cluster: 'b'}]})
    expect(rows.map(({context, state, key}) => [context, state, key])).toEqual([
      ['b', 'silent', 'cluster=b'],
      ['a', 'delivering', 'cluster=a'],
    ])
    expect(exitCode).toBe(1)
  })

  it('counts too where nothing at all is stored', () => {
    expect(report({looks: [look([], {atSeconds: null})], expected: [{cluster: 'b'}]}).rows).toMatchObject([
      {state: 'silent'},
    ])
  })

  it('by labels that were not asked for is not judged', () => {
    const {rows, exitCode} = report({
      looks: [look([['a', 20]])],
      expected: [{region: 'eu'}, {cluster: 'a', region: 'eu'}],
    })
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({
      of: 'context',
      state: 'unknown',
      stateReason: 'not judged: 2 expected agents by labels that are not seen here: region (--identity-label)',
    })
    expect(exitCode).toBe(3)
  })

  it('by no labels is not judged, and never green', () => {
    const at = (unnamedExpected: number) => report({looks: [look([['a', 20]])], unnamedExpected})
    expect(at(2)).toMatchObject({
      exitCode: 3,
      rows: [
        {
          of: 'context',
          stateReason:
            'not judged: 2 expected agents that the fleet file does not name by labels (labels: {cluster: …})',
        },
        {state: 'delivering'},
      ],
    })
    expect(at(1).rows[0]?.stateReason).toMatch(/^not judged: 1 expected agent that the/)
    expect(at(0)).toMatchObject({exitCode: 0, rows: [{state: 'delivering'}]})
  })

  it('is told beside all else that is not known', () => {
    const {rows} = report({
      looks: [look([['a', 20]], {warnings: ['store-2 did not answer']})],
      unnamedExpected: 1,
      withoutIdentity: [{labels: {region: 'eu'}, agents: 1}],
    })
    expect(rows[0]?.stateReason).toMatch(/^its answer is partial: .*; not judged: 1 .*; 1 agent without cluster: /)
  })
})

describe('agents that lack the identity label', () => {
  const at = (...withoutIdentity: NonNullable<CentralFleetEvidence['withoutIdentity']>) =>
    report({looks: [look([['a', 20]])], withoutIdentity})

  it('are told of by the labels that they have, and the rest is not green', () => {
    expect(at({labels: {region: 'eu'}, agents: 1})).toMatchObject({
      exitCode: 3,
      rows: [
        {
          of: 'context',
          state: 'unknown',
          stateReason: '1 agent without cluster: {region="eu"}: set external_labels there',
        },
        {},
      ],
    })
  })

  it('are counted where they are many, and the first are named', () => {
    const many = Array.from({length: 5}, (_, index) => ({labels: {region: `r${index}`}, agents: 2}))
    expect(at(...many).rows[0]?.stateReason).toBe(
      '10 agents without cluster: {region="r0"}, {region="r1"}, {region="r2"} and 2 more: set external_labels there',
    )
  })

  it('are told of where they have no label at all', () => {
    const bare = {labels: {}, agents: 2}
    expect(at(bare).rows[0]?.stateReason).toBe(
      '2 agents without cluster: 2 with no external label, unless the central itself scrapes it: set external_labels there',
    )
    expect(at({labels: {region: 'eu'}, agents: 1}, bare).rows[0]?.stateReason).toBe(
      '3 agents without cluster: {region="eu"}; 2 with no external label, unless the central itself scrapes it: set external_labels there',
    )
  })

  it('leave no row where there are none', () => {
    expect(at()).toMatchObject({exitCode: 0, rows: [{state: 'delivering'}]})
  })
})

describe('a central', () => {
  it('that cannot be read is one row that says why', () => {
    const failed: Failure = {
      ok: false,
      reason: 'unreachable',
      detail: 'the central http://c: connection refused',
      needs: [],
    }
    const {rows, contexts, exitCode} = report({looks: [failed]})
    expect(rows).toMatchObject([
      {of: 'context', state: 'unknown', stateReason: 'the central http://c: connection refused'},
    ])
    expect(contexts).toMatchObject([{reachable: false, problem: 'the central http://c: connection refused'}])
    expect(exitCode).toBe(3)
  })

  it('without the identity label says which flag names another', () => {
    expect(report({looks: [look([], {atSeconds: null})]}).rows).toMatchObject([
      {of: 'context', stateReason: expect.stringContaining('--identity-label')},
    ])
  })

  it('whose clock is ahead of ours and of all that it stores is measured by ours', () => {
    const {rows} = report(
      {
        clockSkewSeconds: 600,
        looks: [
          look([
            ['a', 615],
            ['b', 2000],
          ]),
        ],
      },
      0,
    )
    expect(rows.map(({context, state, queue: own}) => [context, state, own?.lagSeconds])).toEqual([
      ['b', 'behind', 1400],
      ['a', 'delivering', 15],
    ])
    expect(rows[0]?.lagBasis.note).toMatch(/600 seconds ahead of ours, so that ours was taken/)
  })

  it('whose clock agrees with what it stores is believed, whatever our clock says', () => {
    const {rows} = report(
      {
        clockSkewSeconds: 600,
        looks: [
          look([
            ['a', 15],
            ['b', 2000],
          ]),
        ],
      },
      0,
    )
    expect(rows.map(({context, queue: own}) => [context, own?.lagSeconds])).toEqual([
      ['b', 2000],
      ['a', 15],
    ])
    const behind = report({clockSkewSeconds: -600, looks: [look([['a', 15]])]}, 0)
    expect(behind.rows).toMatchObject([{state: 'delivering', queue: {lagSeconds: 15}}])
  })
})
