/** Scrape jobs whose rules try every action of relabelling, on labels that are hard to read. */

export interface RelabelJob {
  name: string
  rules: Record<string, unknown>[]
  targets: {address: string; labels: Record<string, string>}[]
}

const long = 'x'.repeat(10_000)

const targets: RelabelJob['targets'] = [
  {address: '127.0.0.1:1', labels: {a: 'Straße İ', b: 'x-1', c: '1', kept: 'yes'}},
  {address: '127.0.0.1:2', labels: {a: 'line\nbreak', b: 'say "hi"\\n', c: '2', d: ''}},
  {address: '127.0.0.1:3', labels: {a: 'a;b', b: '', long, d: 'a'}},
  {address: '127.0.0.1:4', labels: {a: 'ÀÉ\u00ffΣ', b: '$1', c: '3', e_1: 'e', e_2: 'f'}},
  {address: '127.0.0.1:5', labels: {a: `${'a'.repeat(5000)}!`, b: '日本', c: '3'}},
]

const $ = '$'
/** One job each. */
const chains: Record<string, unknown>[][] = [
  [{source_labels: ['a'], target_label: 'out'}],
  [{source_labels: ['a', 'b'], target_label: 'out'}],
  [{source_labels: ['a', 'b', 'nope'], separator: '', target_label: 'out'}],
  [{source_labels: ['a', 'b'], separator: '—', regex: '(.*)—(.*)', target_label: 'out', replacement: '$2/$1'}],
  [
    {
      source_labels: ['b'],
      regex: '(?P<letter>[a-z])-(\\d)',
      target_label: 'out',
      replacement: `${$}{letter}_${$}{2}_$3`,
    },
  ],
  [{source_labels: ['b'], regex: '(x)-(1)', target_label: 'out', replacement: '$1_$2|$$1|$|$01|$9'}],
  [{source_labels: ['b'], regex: '(x)?.*', target_label: 'out', replacement: `[$1]${$}{`}],
  [{source_labels: ['a'], regex: 'line.break', target_label: 'out', replacement: 'dot'}],
  [{source_labels: ['a'], regex: '.*', target_label: 'out', replacement: 'any'}],
  [{source_labels: ['a'], regex: '(?i)STRA.*', target_label: 'out', replacement: 'insensitive'}],
  [{source_labels: ['a'], regex: '\\pL+', target_label: 'out', replacement: 'letters'}],
  [{source_labels: ['b'], regex: '[[:alnum:]]-\\d|\\Qsay "hi"\\E.*', target_label: 'out', replacement: 'class'}],
  [{source_labels: ['a'], regex: '(a+)+!?', target_label: 'out', replacement: 'linear'}],
  [{source_labels: ['a'], regex: 'a|b', action: 'drop'}],
  [{source_labels: ['c'], regex: '1|2', action: 'drop'}],
  [{source_labels: ['c'], regex: '3', action: 'keep'}],
  [{source_labels: ['nope'], regex: '^$', action: 'keep'}],
  [{source_labels: ['d'], regex: '', action: 'drop'}],
  [{source_labels: ['kept'], target_label: 'a', replacement: ''}],
  [{source_labels: ['nope'], target_label: 'kept'}],
  [{target_label: 'constant', replacement: 'k'}],
  [{source_labels: ['__name__'], regex: '(.*)', target_label: 'constant', replacement: 'class'}],
  [{source_labels: ['c'], regex: '(\\d)', target_label: `label_$1`, replacement: 'v'}],
  [{source_labels: ['a'], action: 'lowercase', target_label: 'out'}],
  [{source_labels: ['a'], action: 'uppercase', target_label: 'out'}],
  [{source_labels: ['a', 'b'], action: 'hashmod', modulus: 7, target_label: 'out'}],
  [{source_labels: ['__address__'], action: 'hashmod', modulus: 18446744073, target_label: 'out'}],
  [{regex: 'e_(.*)', action: 'labelmap', replacement: 'm_$1'}],
  [{regex: '(.)', action: 'labelmap', replacement: 'copy_$1'}],
  [{regex: 'a|long', action: 'labeldrop'}],
  [{regex: '__.*|job|b', action: 'labelkeep'}],
  [
    {source_labels: ['a'], target_label: 'x'},
    {source_labels: ['x'], regex: '(.).*', target_label: 'y', replacement: '<$1>'},
    {regex: 'x|long', action: 'labeldrop'},
    {source_labels: ['y'], regex: '<S>', action: 'drop'},
  ],
]

/** Since 2.41. */
const sinceEqual: Record<string, unknown>[][] = [
  [{source_labels: ['d'], target_label: 'c', action: 'keepequal'}],
  [{source_labels: ['nope'], target_label: 'd', action: 'dropequal'}],
]

/** The dot matches line breaks, and label names may be any text, from 3.0 on: the same rules with another outcome. */
export function relabelJobs(_version: string): RelabelJob[] {
  return [...chains, ...sinceEqual].map((rules, index) => ({name: `job-${index}`, rules, targets}))
}

/** The rules twice: at the targets, and where the configuration that Prometheus prints is read whole. */
export function configOf(jobs: readonly RelabelJob[]): unknown {
  return {
    scrape_configs: jobs.map(({name, rules, targets: own}) => ({
      job_name: name,
      static_configs: own.map(({address, labels}) => ({targets: [address], labels})),
      relabel_configs: rules,
      metric_relabel_configs: rules,
    })),
    remote_write: [{url: 'http://127.0.0.1:1/api/v1/write'}],
  }
}
