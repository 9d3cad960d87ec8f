import {expect, it} from 'vitest'
import {parseConfig} from '../../src/facts/config/parse-config.ts'
import {hashShardOf} from '../../src/facts/slices.ts'

const shard = (...jobs: string[]) => {
  const parsed = parseConfig(
    `scrape_configs: [${jobs.map(rules => `{job_name: a, relabel_configs: [${rules}]}`).join(', ')}]`,
  )
  return parsed.ok ? hashShardOf(parsed.config) : parsed.failure
}
const hash = (modulus: number) =>
  `{source_labels: [__address__], modulus: ${modulus}, target_label: __tmp_hash, action: hashmod}`
const keep = (regex: string, source = '__tmp_hash') => `{source_labels: [${source}], regex: '${regex}', action: keep}`

it.each([
  ['1', 1],
  ['(0)', 0],
  ['12', 12],
  ['0;|.+;.+', 0],
  ['^1$', null],
  ['.*', null],
  ['1.*', null],
  ['1[02]', null],
  ['1|2', null],
  ['(1|2)', null],
  ['(1)|2', null],
  ['1;|2;', null],
  ['01', null],
  ['19', 19],
  ['20', null],
])('a shard that keeps %s is number %s', (regex, number) => {
  expect(shard(`${hash(20)}, ${keep(regex, '__tmp_hash, __tmp_disable_sharding')}`)).toMatchObject({of: 20, number})
})
it('is none with one shard, or without a hash', () => {
  expect(shard(`${hash(1)}, ${keep('0')}`)).toBeNull()
  expect(shard(keep('0', 'a'))).toBeNull()
  expect(shard()).toBeNull()
})
it('has no number where jobs differ or nothing says which is kept, and tells when a job is not dealt out', () => {
  const one = `${hash(3)}, ${keep('1')}`
  expect(shard(one, one)).toEqual({of: 3, number: 1, impossible: null, isEveryJob: true})
  expect(shard(one, `${hash(3)}, ${keep('2')}`)).toMatchObject({number: null})
  expect(shard(hash(3))).toMatchObject({of: 3, number: null})
  expect(shard(one, keep('0', 'a'))).toMatchObject({number: 1, isEveryJob: false})
})
it.each(['3', '(4)', '3;|.+;.+'])('tells a hash that cannot occur, as of shards counted from 1: %s of 3', regex => {
  expect(shard(`${hash(3)}, ${keep(regex)}`)).toMatchObject({number: null, impossible: Number(/\d/.exec(regex)?.[0])})
  expect(shard(`${hash(5)}, ${keep(regex)}`)).toMatchObject({impossible: null})
})
it('reads the rules of a configuration once, however many agents it is compared with', () => {
  const parsed = parseConfig(`scrape_configs: [{job_name: a, relabel_configs: [${hash(3)}, ${keep('1')}]}]`)
  if (!parsed.ok) throw new Error(parsed.failure.message)
  expect(hashShardOf(parsed.config)).toBe(hashShardOf(parsed.config))
})
