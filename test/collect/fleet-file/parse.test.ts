import {describe, expect, it} from 'vitest'
import {parseFleetFile} from '../../../src/collect/fleet-file/parse.ts'
import {UserError} from '../../../src/errors.ts'

const parse = (yaml: string) => parseFleetFile(yaml, 'fleet file ./promfleet.yaml')

/** What the user reads: message and hint. */
function complaint(yaml: string): {message: string; hint: string | null} {
  try {
    parse(yaml)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    const {message, hint} = error as UserError
    return {message: message.replace('fleet file ./promfleet.yaml', 'it'), hint}
  }
  throw new Error(`nothing was wrong with ${yaml}`)
}

describe('a fleet file', () => {
  it('says what belongs to the fleet and how it is judged', () => {
    const yaml = `
contexts: [cluster1, prod-*]
central:
  url: https://mimir.example.com/prometheus
  tenant: team-a
  tokenFile: secrets/token
  headers: {X-Team: sre}
  insecureSkipVerify: true
identityLabels: [cluster, region]
expected:
  - {context: cluster2, namespace: monitoring, agent: agent, labels: {cluster: cluster2}}
  - labels: {cluster: cluster5}
thresholds:
  lateSeconds: 5m
  failureRatio: 0.02
  manySeries: 5e6
`
    expect(parse(yaml)).toEqual({
      contexts: ['cluster1', 'prod-*'],
      central: {
        url: 'https://mimir.example.com/prometheus',
        tenant: 'team-a',
        tokenFile: 'secrets/token',
        headers: {'X-Team': 'sre'},
        insecureSkipVerify: true,
      },
      identityLabels: ['cluster', 'region'],
      expected: [
        {context: 'cluster2', namespace: 'monitoring', agent: 'agent', labels: {cluster: 'cluster2'}},
        {context: null, namespace: null, agent: null, labels: {cluster: 'cluster5'}},
      ],
      thresholds: {lateSeconds: 300, failureRatio: 0.02, manySeries: 5_000_000},
    })
  })
  it('may say nothing, or have its entries commented out', () => {
    const nothing = {contexts: [], central: null, identityLabels: [], expected: null, thresholds: {}}
    expect(parse('')).toEqual(nothing)
    expect(parse('# later\n')).toEqual(nothing)
    expect(parse('contexts:\ncentral:\nexpected:\n  # - context: cluster2\nthresholds:\n')).toEqual(nothing)
  })
  it('tells an empty list of expected agents, which expects none, from no list', () => {
    expect(parse('expected: []').expected).toEqual([])
  })
  it('keeps names that YAML takes for numbers and truth values', () => {
    expect(parse('contexts: [1e3, no, 007]\nexpected: [{labels: {cluster: off}}]')).toMatchObject({
      contexts: ['1e3', 'no', '007'],
      expected: [{labels: {cluster: 'off'}}],
    })
  })
})

describe('what is wrong with a fleet file is said with its line and column, and what is right:', () => {
  it.each<[string, string, string, string | null]>([
    [
      'an unknown key',
      'contexts: [a]\nexpexted: []',
      'line 2, column 1: "expexted" is not known',
      'did you mean expected?',
    ],
    [
      'an unknown key that is like none',
      'clusters: [a]',
      'line 1, column 1: "clusters" is not known',
      'there are contexts, central, identityLabels, expected, thresholds',
    ],
    [
      'an unknown threshold',
      'thresholds:\n  lateSecond: 5',
      'line 2, column 3: "lateSecond" is not known in thresholds',
      'did you mean lateSeconds?',
    ],
    [
      'a name that every JavaScript object has',
      'constructor: 1',
      'line 1, column 1: "constructor" is not known',
      'there are contexts, central, identityLabels, expected, thresholds',
    ],
    [
      'an unknown key of an entry',
      'expected:\n  - context: a\n    agents: b',
      'line 3, column 5: "agents" is not known in expected[1]',
      'did you mean agent?',
    ],
    [
      'a text for a list',
      'contexts: prod',
      'line 1, column 11: contexts must be a list',
      'for example contexts: [cluster1, prod-*]',
    ],
    ['a list for a mapping', '- a', 'line 1, column 1: the file must be a mapping', null],
    [
      'a threshold that is no time',
      'thresholds:\n  lateSeconds: soon',
      'line 2, column 16: thresholds.lateSeconds must be seconds above 0, or a duration such as 2m or 1h30m (default 120)',
      null,
    ],
    [
      'a share above 1',
      'thresholds: {failureRatio: 5}',
      'line 1, column 28: thresholds.failureRatio must be a number above 0 and at most 1 (default 0.01)',
      null,
    ],
    [
      'a glob where one agent is meant',
      'expected: [{context: "prod-*"}]',
      'line 1, column 22: expected[1].context must be the name of one context, not a glob',
      null,
    ],
    [
      'an entry that expects nothing',
      'expected:\n  - {}',
      'line 2, column 5: expected[1] must say context, namespace, agent or labels',
      null,
    ],
    [
      'labels that are none',
      'expected:\n  - labels: {__proto__: x}',
      'line 2, column 13: expected[1].labels must not be empty',
      null,
    ],
    [
      'a label that cannot be sent',
      'expected: [{labels: {__name__: up}}]',
      'line 1, column 22: expected[1].labels.__name__ is a label that agents cannot send',
      null,
    ],
    [
      'two centrals',
      'central:\n  url: http://a\n  context: b',
      'line 2, column 3: central must say either url or context',
      null,
    ],
    [
      'a pod without its context',
      'central: {url: "http://a", pod: b}',
      'line 1, column 10: central says namespace or pod, which needs context',
      null,
    ],
    ['a control character', 'contexts: ["a\\eb"]', 'line 1, column 12: contexts[1] holds control characters', null],
    ['a key twice', 'contexts: [a]\ncontexts: [b]', 'line 2, column 1: not valid YAML: Map keys must be unique', null],
  ])('%s', (_, yaml, message, hint) => {
    expect(complaint(yaml)).toEqual({message: `it, ${message}`, hint})
  })
  it.each([
    [
      'keys that do not stand below each other',
      'contexts: [a]\n identityLabels: [b]',
      /^it, line \d, column \d: not valid YAML: /,
    ],
    [
      'a shifted entry',
      'expected:\n  - context: a\n   agent: b',
      /^it, line \d, column \d: not valid YAML: .*begin in the column/,
    ],
    ['a tab', 'central:\n\turl: http://x', /^it, line 2, column \d: not valid YAML: .*(tabs)/],
    ['broken YAML', 'contexts: [a\nfoo: b', /^it, line 2, column 1: not valid YAML: /],
    [
      'two documents',
      'contexts: [a]\n---\ncontexts: [b]',
      /^it, line 2, column 1: not valid YAML: .*multiple documents/,
    ],
    ['an alias without its anchor', 'contexts: *nope', /^it: not usable YAML: /],
    ['brackets without end', '['.repeat(100_000), /^it: it is nested deeper than any fleet file$/],
  ])('%s', (_, yaml, message) => {
    expect(complaint(yaml).message).toMatch(message)
  })
  it('a bomb of aliases, at once', () => {
    const levels = [...'bcdefgh'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`)
    expect(complaint(`a: &a [${'x,'.repeat(9)}]\n${levels.join('\n')}`).message).toMatch(
      /^it: not usable YAML: Excessive alias/,
    )
  })
  it('the first of several', () => {
    expect(complaint('thresholds: {lateSeconds: x}\ncontexts: y\nnope: z').message).toMatch(/^it, line 1, column 27: /)
  })
})

describe('a secret in a fleet file', () => {
  const SECRET = 'correct-horse-battery'
  it.each([
    ['a token', `central:\n  url: http://a\n  token: ${SECRET}`, 'tokenFile'],
    ['a password', `central: {url: "http://a", user: u, password: ${SECRET}}`, 'passwordFile'],
    ['a password in a URL', `central: {url: "https://u:${SECRET}@a"}`, 'passwordFile'],
    [
      'a header that carries one',
      `central: {url: "http://a", headers: {Authorization: "Bearer ${SECRET}"}}`,
      'headerFiles',
    ],
    ['a JSON web token anywhere', `contexts: [eyJhbGciOiJIUzI1NiJ9.${SECRET}.x]`, 'tokenFile'],
  ])('is refused with the advice to use a file, and not repeated: %s', (_, yaml, advice) => {
    const {message, hint} = complaint(yaml)
    expect(message).toMatch(/^it, line \d+, column \d+: /)
    expect(hint).toContain(advice)
    expect(`${message} ${hint}`).not.toContain(SECRET)
  })
})
