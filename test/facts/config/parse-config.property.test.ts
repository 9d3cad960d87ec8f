import assert from 'node:assert/strict'
import fc from 'fast-check'
import {describe, it} from 'vitest'
import {parse, stringify} from 'yaml'
import {redactConfig} from '../../../src/collect/redact.ts'
import {matchRemoteWrite} from '../../../src/facts/config/config.ts'
import {parseConfig} from '../../../src/facts/config/parse-config.ts'
import {fuzzTimeoutMs, holds, hostileText} from '../../fuzz.ts'

const PIECES = [
  'remote_write:',
  '\n',
  '- ',
  '  ',
  'a: ',
  '[',
  ']',
  '{',
  '}',
  'url: ',
  '"',
  "'",
  '&a ',
  '*a',
  '!!map ',
  '|',
  '>',
  '\t',
  '%',
  '? ',
  '<<: ',
  'global:\n  external_labels:\n    ',
  'scrape_configs:\n- job_name: ',
  '  relabel_configs:\n  - ',
  'http://u:p@h/w',
  '1h30m',
  '---\n',
  '...\n',
]

describe('any configuration', {timeout: fuzzTimeoutMs}, () => {
  it('is read, or refused with a place and without throwing', () =>
    holds(fc.oneof(hostileText(PIECES, 15), fc.string({unit: 'binary'})), yaml => {
      const parsed = parseConfig(yaml)
      if (parsed.ok)
        assert.notEqual(matchRemoteWrite(parsed.config.remoteWrites, {name: 'a', url: 'http://h/w'}), undefined)
      else assert.notEqual(parsed.failure.message, '')
      assert.equal(({} as Record<string, unknown>).x, undefined)
    }))

  it('of any values in the known places is read: what is of the wrong kind counts as absent', () => {
    const value = fc.oneof(
      fc.jsonValue({maxDepth: 2}),
      fc.constantFrom('1h', '-5s', '1e400', 'http://u:p@h:99999/w', '0x10'),
    )
    const section = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys, '__proto__'), value, {maxKeys: 3})
    const config = fc.record(
      {
        global: fc.oneof(section('scrape_interval', 'external_labels', 'scrape_timeout'), value),
        remote_write: fc.oneof(
          fc.array(
            section('url', 'name', 'headers', 'queue_config', 'write_relabel_configs', 'tls_config', 'basic_auth'),
            {maxLength: 2},
          ),
          value,
        ),
        scrape_configs: fc.oneof(
          fc.array(section('job_name', 'static_configs', 'relabel_configs', 'sample_limit', 'body_size_limit'), {
            maxLength: 2,
          }),
          value,
        ),
      },
      {requiredKeys: []},
    )
    return holds(config, given => {
      const parsed = parseConfig(JSON.stringify(given)) // which is YAML, too
      if (!parsed.ok) throw new Error(parsed.failure.message)
      for (const {queue, endpoint} of parsed.config.remoteWrites) {
        for (const figure of Object.values(queue)) if (typeof figure === 'number') assert.ok(Number.isFinite(figure))
        assert.ok(endpoint === null || endpoint.port < 65_536)
      }
    })
  })

  it('with a secret in any secret place is kept without it, and stays YAML', () => {
    const secret = 'Zq8-hunter2.Zq9'
    const key = fc.constantFrom(
      'password',
      'bearer_token',
      'client_secret',
      'credentials',
      'secret_key',
      'token',
      'api_key',
      'secret',
    )
    const inside = (inner: fc.Arbitrary<unknown>) =>
      fc
        .tuple(fc.constantFrom('basic_auth', 'oauth2', 'a', 'sigv4', 'tls_config'), inner)
        .map(([name, value]) => ({[name]: value}))
    const place = fc.oneof(
      key.map(name => ({[name]: secret})),
      key.map(name => ({[name]: [secret, secret]})),
      fc
        .constantFrom('headers', 'http_headers', 'endpoint_params')
        .map(name => ({[name]: {'X-A': secret, b: {secrets: [secret], values: [secret]}}})),
      fc.constantFrom(`http://u:${secret}@h/w`, `https://h/w?x=1&token=${secret}`).map(url => ({url})),
    )
    const config = fc.array(fc.oneof(place, inside(place), inside(inside(place))), {minLength: 1, maxLength: 2})
    const options = fc.record({
      indent: fc.constantFrom(2, 4),
      indentSeq: fc.boolean(),
      lineWidth: fc.constantFrom(0, 40),
    })
    return holds(fc.tuple(config, options), ([entries, how]) => {
      const kept = redactConfig(stringify({remote_write: entries}, how))
      assert.ok(!kept.includes('hunter2'), kept)
      assert.ok('remote_write' in parse(kept))
    })
  })
})
