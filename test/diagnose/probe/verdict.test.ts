/** Agent says works, probe says broken, or the reverse: which to believe. */
import {describe, expect, it} from 'vitest'
import type {ProbeView} from '../../../src/diagnose/probe/endpoint-probe.ts'
import {judgeViews} from '../../../src/diagnose/probe/verdict.ts'

const view = (from: ProbeView['from'], outcome: ProbeView['outcome'], layer: ProbeView['layer'] = null): ProbeView => ({
  ...{from, outcome, layer, class: null, says: 'says so', at: null, seconds: null},
  place: from === 'here' ? 'here' : 'cluster2 monitoring/agent-0',
  ...{layers: [], measured: [], notes: []},
})
const agent = (outcome: ProbeView['outcome'], layer: ProbeView['layer'] = null) => view('agent', outcome, layer)
const here = (outcome: ProbeView['outcome'], layer: ProbeView['layer'] = null) => view('here', outcome, layer)
const otherAgent = (outcome: ProbeView['outcome']) => ({...agent(outcome), place: 'cluster2 monitoring/other-0'})
const pod = (outcome: ProbeView['outcome'], layer: ProbeView['layer'] = null) => view('pod', outcome, layer)

describe('whom to believe', () => {
  it.each<[string, ProbeView[], object, RegExp]>([
    ['the agent delivers', [agent('works')], {outcome: 'works', believe: 'agent'}, /^$/],
    ['agent and here work', [agent('works'), here('works')], {outcome: 'works', believe: 'agent'}, /^$/],
    [
      'the agent delivers, and from here the name does not resolve',
      [agent('works'), here('fails', 'dns')],
      {outcome: 'works', layer: null, believe: 'agent'},
      /not on its way/,
    ],
    [
      'the agent delivers, and from here another receiver answers',
      [agent('works'), here('fails', 'receiver')],
      {outcome: 'works', believe: 'agent'},
      /another receiver/,
    ],
    [
      'the agent delivers over what is open, and its pod gets no new connection',
      [agent('works'), pod('fails', 'tcp')],
      {outcome: 'works', believe: 'agent'},
      /likely to stop/,
    ],
    [
      'the agent fails, and from here it works',
      [agent('fails', 'tcp'), here('works')],
      {outcome: 'broken', layer: 'tcp', believe: 'agent'},
      /lies between the agent and it/,
    ],
    [
      'the agent is refused for what it sends, and the empty write is taken',
      [agent('fails', 'accept'), here('works')],
      {outcome: 'broken', layer: 'accept', believe: 'agent'},
      /holds no samples/,
    ],
    [
      'both fail at the same layer',
      [agent('fails', 'receiver'), here('fails', 'receiver')],
      {outcome: 'broken', layer: 'receiver', believe: 'agent'},
      /at the receiver, or right in front/,
    ],
    [
      'a name that resolves nowhere',
      [agent('fails', 'dns'), here('fails', 'dns')],
      {outcome: 'broken', layer: 'dns', believe: 'agent'},
      /the name itself/,
    ],
    [
      'here fails earlier than the agent',
      [agent('fails', 'receiver'), here('fails', 'dns')],
      {outcome: 'broken', layer: 'receiver', believe: 'agent'},
      /not on the agent's way/,
    ],
    [
      'agent and pod agree',
      [agent('fails', 'tcp'), pod('fails', 'tcp')],
      {outcome: 'broken', layer: 'tcp', believe: 'pod'},
      /agree/,
    ],
    [
      'the pod fails at another layer: it is of this moment',
      [agent('fails', 'dns'), pod('fails', 'tcp'), here('works')],
      {outcome: 'broken', layer: 'tcp', believe: 'pod'},
      /of this moment.*lies between/,
    ],
    [
      'the pod gets there again',
      [agent('fails', 'tcp'), pod('works')],
      {outcome: 'broken', layer: 'tcp', believe: 'agent'},
      /about to recover/,
    ],
    [
      'the pod gets there without what the agent shows',
      [agent('fails', 'authentication'), pod('works')],
      {outcome: 'broken', layer: 'authentication', believe: 'agent'},
      /without what the agent shows/,
    ],
    [
      'the pod gets there without what the agent trusts',
      [agent('fails', 'tls'), pod('works')],
      {outcome: 'broken', layer: 'tls', believe: 'agent'},
      /not judged by what the agent trusts/,
    ],
    [
      'the agent fails and does not show where, and its pod does',
      [agent('fails'), pod('fails', 'tls')],
      {outcome: 'broken', layer: 'tls', believe: 'pod'},
      /does not show at which layer; its pod does/,
    ],
    [
      'the agent fails and does not show where, and from here it fails, too',
      [agent('fails'), here('fails', 'tls')],
      {outcome: 'broken', layer: null, believe: 'agent'},
      /at TLS, which may be the same/,
    ],
    [
      'some agents get there and others do not',
      [otherAgent('works'), agent('fails', 'dns')],
      {outcome: 'broken', layer: 'dns', believe: 'agent'},
      /the receiver is up/,
    ],
    [
      'nothing is known of the agent, and its pod fails',
      [agent('unknown'), pod('fails', 'tls')],
      {outcome: 'broken', layer: 'tls', believe: 'pod'},
      /its way/,
    ],
    [
      'nothing is known of the agent, and its pod works',
      [agent('unknown'), pod('works')],
      {outcome: 'works', believe: 'pod'},
      /whether the agent does is not known/,
    ],
    [
      'only here is known, and works',
      [agent('unknown'), here('works')],
      {outcome: 'unknown', believe: null},
      /not what the agent sees/,
    ],
    [
      'only here is known, and fails',
      [agent('unknown'), here('fails', 'receiver')],
      {outcome: 'unknown', believe: null},
      /not what the agent sees/,
    ],
    [
      'nothing is known at all',
      [agent('unknown'), here('not-tried'), pod('not-tried')],
      {outcome: 'unknown', believe: null},
      /Of the agent's own view/,
    ],
  ])('%s', (_, views, expected, why) => {
    const verdict = judgeViews(views)
    expect(verdict).toMatchObject(expected)
    expect(verdict.why).toMatch(why)
  })
  it('says what to do about whatever is broken, and never to restart', () => {
    for (const layer of ['dns', 'tcp', 'proxy', 'tls', 'http', 'authentication', 'receiver', 'accept', null] as const) {
      const {next} = judgeViews([agent('fails', layer)])
      expect(next.length).toBeGreaterThan(0)
      expect(next.join(' ')).not.toMatch(/(?<!not )restart/)
    }
  })
})

describe('credentials that were given for the probe and are refused', () => {
  const given = {flags: ['--remote-user'], says: 'user "wrong" with the password that was given is refused'}
  const refused = (from: 'here' | 'pod'): ProbeView => ({...view(from, 'fails', 'authentication'), refusedGiven: given})
  it.each<[string, ProbeView[], object]>([
    ['the agent delivers', [agent('works'), refused('here')], {outcome: 'works', believe: 'agent'}],
    ['the agent delivers, and its pod was tried with them', [agent('works'), refused('pod')], {outcome: 'works'}],
    ['the agent is refused, too', [agent('fails', 'authentication'), refused('here')], {outcome: 'broken'}],
    ['the agent does not get that far', [agent('fails', 'tcp'), refused('pod')], {outcome: 'broken', layer: 'tcp'}],
    ['nothing is known of the agent', [agent('unknown'), refused('here')], {outcome: 'unknown', believe: null}],
    ['nothing is known, and the pod was tried with them', [agent('unknown'), refused('pod')], {outcome: 'unknown'}],
  ])('tell nothing of its own: %s', (_, views, expected) => {
    const {why, next, ...verdict} = judgeViews(views)
    expect(verdict).toMatchObject(expected)
    expect(why).toContain('user "wrong"')
    expect(why).toContain('tells nothing of what the agents themselves have')
    expect(why).not.toMatch(/the same|at the receiver|about to stop|likely to stop/)
    expect(next.join(' ')).toContain('--remote-user')
  })
  it('leave the word to the agent that delivers', () => {
    expect(judgeViews([agent('works'), refused('here')]).why).toMatch(/^Believe the agent/)
  })
})

describe('an answer that agents take for success, and that stores nothing', () => {
  const page = (from: 'here' | 'pod'): ProbeView => ({...view(from, 'fails', 'receiver'), isTakenForSuccess: true})
  it.each<[string, ProbeView[], object]>([
    ['from the pod', [agent('works'), page('pod')], {outcome: 'broken', layer: 'receiver', believe: 'pod'}],
    ['from both', [agent('works'), here('works'), page('pod')], {outcome: 'broken', believe: 'pod'}],
    ['from here alone', [agent('works'), page('here')], {outcome: 'unknown', layer: 'receiver', believe: null}],
    ['from here, and the pod was not tried', [agent('works'), page('here'), pod('not-tried')], {outcome: 'unknown'}],
  ])('%s: that the agent delivers is no proof then', (_, views, expected) => {
    const {why, next, ...verdict} = judgeViews(views)
    expect(verdict).toMatchObject(expected)
    expect(why).toContain('its own figures look healthy while nothing is stored')
    expect(next.join(' ')).toContain('look at the URL')
  })
  it('from here is none of the agent where its pod gets through', () => {
    expect(judgeViews([agent('works'), page('here'), pod('works')])).toMatchObject({outcome: 'works', believe: 'agent'})
  })
})

describe('what can differ between agents that fail and others that deliver', () => {
  it.each<[ProbeView['layer'], RegExp, RegExp]>([
    ['dns', /name servers/, /credentials|firewall/],
    ['tcp', /firewalls/, /credentials|name server/],
    ['tls', /ca_file/, /credentials|firewall|name server/],
    ['authentication', /credentials/, /network|name server/],
    ['accept', /samples/, /network|name server|credentials/],
    [null, /networks, name servers/, /^$/],
  ])('at %s', (layer, named, unnamed) => {
    const {why} = judgeViews([otherAgent('works'), agent('fails', layer)])
    expect(why).toMatch(named)
    expect(why).not.toMatch(unnamed)
  })
})

describe('an agent that delivers by figures of before, beside one that fails', () => {
  const refused: ProbeView = {...here('fails', 'tcp'), class: 'refused'}
  const fails: ProbeView = {...agent('fails', 'tcp'), class: 'refused', place: 'cluster2 monitoring/other-0'}
  it('does not make the receiver be up where it refuses from here, too', () => {
    const {title, why} = judgeViews([fails, agent('works'), refused])
    expect(`${title} ${why}`).not.toMatch(/delivers|the receiver is up|firewalls and routes/)
  })
  it('does where it finished something just before, or where it is answered from here', () => {
    for (const views of [
      [fails, {...agent('works'), finishes: true}, refused],
      [fails, agent('works'), here('works')],
    ])
      expect(judgeViews(views).why).toContain('the receiver is up')
  })
})

describe('a receiver that takes the connection and gives no answer', () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString()
  const hanging = (from: 'here' | 'pod', layer: 'http' | 'tls' = 'http'): ProbeView => ({
    ...view(from, 'fails', layer),
    ...{class: 'timed-out', at: at(1000)},
  })
  const agentAt = (seconds: number, finishes?: boolean): ProbeView => ({
    ...agent('works'),
    at: at(seconds),
    ...(finishes !== undefined && {finishes}),
  })
  it.each<[string, ProbeView[], RegExp]>([
    ['one scrape', [agentAt(999), hanging('here')], /One scrape cannot tell yet/],
    ['one scrape, in the handshake', [agentAt(999), hanging('here', 'tls')], /One scrape cannot tell yet/],
    ['one scrape, tried from the pod', [agentAt(999), hanging('pod')], /One scrape cannot tell yet/],
    ['two scrapes, between which nothing was finished', [agentAt(999, false), hanging('here')], /too close to tell/],
    ['two scrapes of long before', [agentAt(939, true), hanging('here')], /is of before/],
  ])('is not known by %s: no word of DNS, firewall or VPN, nor that all is well', (_, views, why) => {
    const verdict = judgeViews(views, ' --context cluster2 -n monitoring')
    expect(verdict).toMatchObject({outcome: 'unknown', believe: null, class: 'timed-out'})
    expect(verdict.title).toContain('the connection is made and nothing answers')
    expect(verdict.why).toMatch(why)
    expect(`${verdict.title} ${verdict.why}`).not.toMatch(/DNS|firewall|VPN|delivers/)
    expect(verdict.next).toEqual([
      'take two scrapes, which tell: promfleet probe --context cluster2 -n monitoring --interval 30s',
    ])
  })
  it('leaves the word to an agent that was answered between two scrapes, up to a minute before', () => {
    for (const seconds of [940, 999]) {
      const verdict = judgeViews([agentAt(seconds, true), hanging('here')])
      expect(verdict).toMatchObject({outcome: 'works', believe: 'agent'})
      expect(verdict.why).toMatch(/answers it and not this machine .*just stopped answering: run it again/)
      expect(verdict.why).not.toMatch(/DNS|firewall|VPN/)
    }
  })
  it('is none of the agent where its pod gets an answer', () => {
    expect(judgeViews([agentAt(999), hanging('here'), pod('works')])).toMatchObject({outcome: 'works'})
  })
})

describe('a receiver that may have stopped since the agent was answered', () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString()
  const failing = (from: 'here' | 'pod', errorClass: ProbeView['class'], says = 'connection refused'): ProbeView => ({
    ...view(from, 'fails', errorClass === 'refused' ? 'tcp' : 'receiver'),
    ...{class: errorClass, at: at(1000), says},
  })
  const agentAt = (seconds: number, finishes?: boolean): ProbeView => ({
    ...agent('works'),
    at: at(seconds),
    ...(finishes !== undefined && {finishes}),
  })
  const scope = ' --context cluster2'
  it.each<[string, ProbeView[], RegExp]>([
    ['one scrape', [agentAt(999), failing('here', 'refused')], /One scrape cannot tell yet/],
    ['two scrapes, nothing finished', [agentAt(999, false), failing('here', 'refused')], /too close to tell/],
    ['two scrapes of long before', [agentAt(939, true), failing('here', 'refused')], /is of before/],
    ['one scrape, tried from the pod', [agentAt(999), failing('pod', 'refused')], /One scrape cannot tell yet/],
  ])('is not known by %s', (_, views, why) => {
    const verdict = judgeViews(views, scope)
    expect(verdict).toMatchObject({outcome: 'unknown', layer: 'tcp', class: 'refused', believe: null})
    expect(verdict.title).toMatch(/^the receiver may have stopped: from .* the connection is refused$/)
    expect(verdict.why).toMatch(why)
    expect(verdict.next[0]).toBe('take two scrapes, which tell: promfleet probe --context cluster2 --interval 30s')
  })
  it('may as well be a firewall that refuses this machine alone, which its own pod tells', () => {
    const {why, next} = judgeViews([agentAt(999), failing('here', 'refused')], scope)
    expect(why).toContain('or something between (a firewall, a VPN) refuses this machine alone')
    expect(next[1]).toContain('promfleet probe --context cluster2 --from-pod')
    expect(judgeViews([agentAt(999), failing('pod', 'refused')], scope).why).not.toContain('firewall')
  })
  it.each<[ProbeView['class'], string, string]>([
    ['unavailable', '503 "no endpoints available"', 'the answer is 503'],
    ['bad-gateway', '502 "Bad Gateway"', 'the answer is 502'],
    ['connection-reset', 'the connection was reset', 'the connection is made and ended without an answer'],
  ])('%s from here is as much of a doubt', (errorClass, says, words) => {
    const verdict = judgeViews([agentAt(999), failing('here', errorClass, says)])
    expect(verdict).toMatchObject({outcome: 'unknown', title: `the receiver may have stopped: from here ${words}`})
  })
  it('leaves the word to an agent that was answered between two scrapes just before', () => {
    const verdict = judgeViews([agentAt(999, true), failing('here', 'refused')])
    expect(verdict).toMatchObject({outcome: 'works', believe: 'agent', next: []})
    expect(verdict.why).toMatch(/firewall or VPN.*the next run shows it/)
  })
  it('is none of the agent where its pod gets an answer', () => {
    const verdict = judgeViews([agentAt(999), failing('here', 'refused'), pod('works')])
    expect(verdict).toMatchObject({outcome: 'works'})
    expect(verdict.why).not.toContain('the next run')
  })
  it('is not seen where this machine has no name or no way there at all', () => {
    for (const errorClass of ['name-not-resolved', 'unreachable', 'no-route'] as const)
      expect(judgeViews([agentAt(999), failing('here', errorClass)])).toMatchObject({outcome: 'works'})
  })
})

describe('what the URL says', () => {
  const wrong = (from: ProbeView['from']): ProbeView => ({
    ...view(from, 'fails', 'receiver'),
    ...{class: 'wrong-path', says: '404 "404 page not found"'},
  })
  const scope = ' --context cluster2 -n monitoring --agent agent-0'
  it('is the cause of a 404 that all see: the configuration is to be corrected, and no receiver', () => {
    for (const views of [
      [wrong('agent'), wrong('here')],
      [wrong('agent'), wrong('pod'), wrong('here')],
    ]) {
      const {why, next} = judgeViews(views, scope)
      expect(why).toContain("the URL in the agent's configuration does not lead to a receiver")
      expect(why).not.toContain('the cause is at the receiver')
      expect(next[0]).toBe('404 at this path: correct the URL of remote_write (receiver/wrong-path)')
    }
  })
  it('is none where the same URL takes others to the receiver', () => {
    expect(judgeViews([agent('works'), wrong('agent')], scope).next.join()).not.toContain('correct the URL')
  })
  it('is shown by a command that can be pasted', () => {
    for (const views of [[wrong('agent')], [agent('fails', 'receiver')], [agent('fails', 'accept')]])
      expect(judgeViews(views, scope).next.join()).toContain(`promfleet doctor${scope}`)
  })
})

it('says how the right to try it from the pod is granted where that was refused, whatever else is known', () => {
  const says =
    'HTTP 403: pods "agent-0" is forbidden: User "viewer" cannot get resource "pods/exec" in API group "" in the namespace "monitoring"'
  const grant = 'promfleet rbac --user viewer --from-pod -n monitoring | kubectl --context ADMIN_CONTEXT apply -f -'
  for (const own of [agent('works'), agent('fails', 'tcp'), agent('unknown')])
    expect(judgeViews([own, {...pod('not-tried'), says}]).next.join()).toContain(grant)
  expect(judgeViews([agent('works'), pod('not-tried')]).next).toEqual([])
})

it('counts agents that fail, each once, with and without their pods', () => {
  const of = (place: string, own: ProbeView): ProbeView => ({...own, place})
  const two = [of('a', agent('fails', 'tcp')), of('b', agent('fails', 'tcp'))]
  expect(judgeViews(two).title).toBe('2 agents: the connection fails')
  const pods = [of('a', pod('fails', 'tcp')), of('b', pod('fails', 'tcp'))]
  expect(judgeViews([...two, ...pods]).title).toBe('2 agents: the connection fails')
  expect(judgeViews([agent('unknown'), ...pods]).title).toBe('2 agents: the connection fails')
  expect(judgeViews([agent('fails', 'tcp'), agent('fails', 'tcp')]).title).toMatch(/^cluster2 monitoring\/agent-0: /)
})

describe('agents that fail at different layers', () => {
  const of = (place: string, own: ProbeView): ProbeView => ({...own, place})
  it('are told with the layer of each, whatever their order', () => {
    const two = [of('a', agent('fails', 'tls')), of('b', agent('fails', 'dns'))]
    for (const views of [two, [...two].reverse()]) {
      const verdict = judgeViews(views)
      expect(verdict).toMatchObject({outcome: 'broken', layer: 'dns', layers: ['dns', 'tls'], believe: 'agent'})
      expect(verdict.title).toBe('2 agents: the name fails for b, TLS for a')
      expect(verdict.why).toContain('believe each about its own way')
      expect(verdict.next.join()).toMatch(/resolve the name.*compare the certificate/)
    }
  })
  it('are counted where there are many, and one whose layer does not show is said to be so', () => {
    const many = ['b', 'c', 'd'].map(place => of(place, agent('fails', 'tcp')))
    const {title, layers} = judgeViews([of('a', agent('fails')), ...many])
    expect(title).toBe('4 agents: the connection fails for 3 of them, a layer that is not visible for a')
    expect(layers).toEqual(['tcp', null])
  })
  it('are told by what was tried in their pods, where it was', () => {
    const seen = [of('a', agent('fails', 'accept')), of('b', agent('fails', 'tls')), of('a', pod('fails', 'tcp'))]
    expect(judgeViews(seen).title).toBe('2 agents: the connection fails for a, TLS for b')
    const unseen = [agent('unknown'), of('a', pod('fails', 'tcp')), of('b', pod('fails', 'tls'))]
    expect(judgeViews(unseen)).toMatchObject({title: '2 agents: the connection fails for a, TLS for b', believe: 'pod'})
  })
  it('leave what others deliver standing beside them', () => {
    const views = [of('a', agent('fails', 'dns')), of('b', agent('fails', 'tls')), of('c', agent('works'))]
    const {title, why} = judgeViews(views)
    expect(title).toBe('2 agents: the name fails for a, TLS for b, while 1 other agent delivers to the same address')
    expect(why).toMatch(/name servers and search domains; what they trust/)
  })
  it('may be two queues of one', () => {
    const two = [of('a', agent('fails', 'tls')), of('a', agent('fails', 'authentication'))]
    expect(judgeViews(two).title).toBe('a: its queues fail at different layers: TLS, authentication')
  })
  it('are one layer where a pod agrees with another agent after all', () => {
    const verdict = judgeViews([
      of('a', agent('fails', 'accept')),
      of('b', agent('fails', 'tcp')),
      of('a', pod('fails', 'tcp')),
    ])
    expect(verdict.layers).toBeUndefined()
    expect(verdict.title).toBe('2 agents: the connection fails')
  })
})

it('says that the receiver is up where it answers here, if only to ask for credentials', () => {
  expect(judgeViews([agent('fails', 'tcp'), here('unknown', 'authentication')]).why).toMatch(/it is up/)
  expect(judgeViews([agent('fails', 'accept'), here('unknown', 'authentication')]).why).not.toMatch(/it is up/)
})

it('goes on to --image where the container has no tools', () => {
  expect(judgeViews([agent('unknown'), pod('not-tried')]).next.join()).toContain('--from-pod --image busybox')
  expect(judgeViews([agent('unknown')]).next.join()).not.toContain('--image')
})

describe('queues are not counted as agents', () => {
  const at = (place: string, of: ProbeView): ProbeView => ({...of, place})
  it('where one fails and another of the same agent delivers', () => {
    const {title, why} = judgeViews([at('a', agent('works')), at('a', agent('fails', 'dns'))])
    expect(title).toBe('a: the name fails, while its other queue delivers to the same address')
    expect(why).toMatch(/the receiver is up\. What can differ between queues of one agent/)
    expect(why).not.toMatch(/name servers|those agents/)
    const two = [at('a', agent('works')), at('a', agent('works')), at('a', agent('fails', 'dns'))]
    expect(judgeViews(two).title).toContain('while its other queues deliver')
  })
  it('where an agent delivers on two', () => {
    const views = [at('a', agent('works')), at('a', agent('works')), at('b', agent('fails', 'dns'))]
    expect(judgeViews(views).title).toBe('b: the name fails, while 1 other agent delivers to the same address')
    expect(judgeViews(views.slice(0, 2)).title).toBe('the agent delivers')
  })
  it('where they fail at different layers', () => {
    const views = [at('a', agent('works')), at('a', agent('fails', 'dns')), at('b', agent('fails', 'tls'))]
    const {title} = judgeViews(views)
    expect(title).toBe(
      '2 agents: the name fails for a, TLS for b, while another queue of theirs delivers to the same address',
    )
  })
  it('where its pod is one that holds several agents, by their containers', () => {
    const views = [at('c n/p/one', agent('works')), at('c n/p/two', agent('fails', 'dns'))]
    expect(judgeViews(views).title).toBe('c n/p/two: the name fails, while 1 other agent delivers to the same address')
    const tried = [at('c n/p/two', agent('fails', 'dns')), at('c n/p', pod('fails', 'dns'))]
    expect(judgeViews(tried).title).toBe('c n/p/two: the name fails')
  })
})
