import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {parseExposition, sample} from '../../../src/facts/exposition/exposition.ts'
import {
  createExpositionFilter,
  type FilteredExposition,
  MAX_KEPT_BYTES,
} from '../../../src/facts/exposition/exposition-filter.ts'
import {isKeptFamily} from '../../../src/facts/exposition/families.ts'

const fixture = (version: string) =>
  readFileSync(new URL(`../../fixtures/exposition/${version}.txt`, import.meta.url), 'latin1')

function filter(text: string, chunkLength = text.length): FilteredExposition {
  const expositionFilter = createExpositionFilter()
  for (let at = 0; at < text.length; at += chunkLength) expositionFilter.push(text.slice(at, at + chunkLength))
  return expositionFilter.end()
}

describe.each(['2.42', '2.53', '3.5'])('the metrics of an agent %s', version => {
  const body = fixture(version)
  const whole = parseExposition(body)
  const filtered = filter(body)
  const kept = parseExposition(filtered.text)

  it('are read without a malformed line', () => {
    expect(whole).toMatchObject({malformedLines: 0, duplicateSeries: 0, unterminated: false})
  })

  it('lose nothing that is kept, and nothing else is kept', () => {
    const names = [...whole.series.keys()].filter(name => isKeptFamily(name))
    expect([...kept.series.keys()]).toEqual(names)
    for (const name of names) expect(kept.series.get(name)).toEqual(whole.series.get(name))
    expect(filtered.text.length).toBeLessThan(body.length)
  })

  it('name every family once, sorted', () => {
    expect(filtered.families).toEqual([...whole.types.keys()].sort())
  })

  it('tell a refused endpoint from one that is switched off', () => {
    expect(sample(kept, 'prometheus_remote_storage_samples_retried_total', {remote_name: 'refused'})).toBeGreaterThan(0)
    expect(sample(kept, 'prometheus_remote_storage_samples_failed_total', {remote_name: 'refused'})).toBe(0)
    expect(
      sample(kept, 'prometheus_remote_storage_samples_failed_total', {url: 'http://127.0.0.1:19490/api/v1/write'}),
    ).toBeGreaterThan(0)
  })

  it('come out the same however the body is cut into chunks', () => {
    for (const length of [1, 7, 64, 1000]) expect(filter(body, length)).toEqual(filtered)
  })
})

describe('an exposition that streams in', () => {
  it('keeps characters whole across chunks', () => {
    const body = Buffer.from('process_note{text="日本 é"} 1\n').toString('latin1')
    expect(filter(body, 1).text).toBe('process_note{text="日本 é"} 1\n')
  })

  it('names the families of a sender without TYPE lines by their samples', () => {
    const body =
      'vmagent_remotewrite_packets_dropped_total{url="1"} 0\nvm_promscrape_targets 3\nvm_promscrape_targets{a="b"} 4\n'
    expect(filter(body)).toEqual({
      text: '',
      families: ['vm_promscrape_targets', 'vmagent_remotewrite_packets_dropped_total'],
      unterminated: false,
      oversizedLines: 0,
      tooLarge: false,
    })
  })

  it('says that the body was cut off, and the kept text shows it too', () => {
    const cut = filter('go_goroutines 30\nprocess_open_fds 1')
    expect(cut).toMatchObject({unterminated: true, text: 'go_goroutines 30\nprocess_open_fds 1'})
    expect(parseExposition(cut.text).unterminated).toBe(true)
  })

  it('does not take the end mark of OpenMetrics for a cut', () => {
    expect(filter('# TYPE process_open_fds gauge\nprocess_open_fds 1\n# EOF').unterminated).toBe(false)
  })

  it('leaves out a line of 5 MB and reads on after it', () => {
    const body = `process_open_fds 1\nprocess_x{a="${'a'.repeat(5_000_000)}"} 1\nprocess_max_fds 2\n`
    const filtered = filter(body, 65_536)
    expect(filtered.oversizedLines).toBe(1)
    expect(filtered.text).toBe('process_open_fds 1\nprocess_max_fds 2\n')
  })

  it('ends with the body that holds too much to keep, and keeps none of it', () => {
    const expositionFilter = createExpositionFilter()
    const lines = 'prometheus_target_scrape_pool_targets{scrape_job="app"} 1\n'.repeat(1000)
    let pushed = 0
    for (let said = 'more'; said === 'more' && pushed < 2 * MAX_KEPT_BYTES; pushed += lines.length) {
      said = expositionFilter.push(lines)
    }
    expect(pushed).toBeGreaterThan(MAX_KEPT_BYTES)
    expect(pushed).toBeLessThan(MAX_KEPT_BYTES + 2 * lines.length)
    expect(expositionFilter.end()).toMatchObject({tooLarge: true, text: ''})
  })

  it('passes over what nobody keeps up to the next comment, and over nothing else', () => {
    const leftOut = '# HELP go_gc_x Of no use.\n# TYPE go_gc_x histogram\ngo_gc_x_bucket{le="1"} 1\ngo_gc_x_sum 1\n'
    const typed = '# TYPE go_goroutines gauge\ngo_goroutines 1\n'
    expect(filter(`${leftOut}${typed}`).text).toBe(typed)
    expect(filter(`${leftOut}go_goroutines 1\n${typed}`).text).toBe(`go_goroutines 1\n${typed}`)
    expect(filter('# TYPE up gauge\nup 1\ngo_info 1\nup_total 1\n').text).toBe('go_info 1\n')
    expect(filter(`# TYPE go_gc gauge\ngo_gc 1\ngo_gc_gomemlimit_bytes 2\n`).text).toBe('go_gc_gomemlimit_bytes 2\n')
    expect(filter(`${typed}${leftOut}`)).toMatchObject({text: typed, families: ['go_gc_x', 'go_goroutines']})
  })

  it('leaves the next name out when it only starts with the name above', () => {
    expect(filter('go_goroutines 1\ngo_goroutines_other 2\nup 1\n').text).toBe(
      'go_goroutines 1\ngo_goroutines_other 2\n',
    )
    expect(filter('go_info 1\nup 2\nup_more{a="go_info"} 1\n').text).toBe('go_info 1\n')
  })
})

describe('for looks at queues alone', () => {
  const kept = (text: string) => {
    const expositionFilter = createExpositionFilter('queues')
    expositionFilter.push(text)
    return expositionFilter.end()
  }
  it('what tells of each scrape job is left out, and nothing of the queues is', () => {
    const all = filter(fixture('3.5')).text
    const {text, families} = kept(fixture('3.5'))
    const gone = all.split('\n').filter(line => !text.includes(line))
    expect(gone.length).toBeGreaterThan(10)
    for (const line of gone)
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) )?(?:prometheus_(?:sd|target)_|net_conntrack_dialer_)/)
    expect(text).toContain('prometheus_target_interval_length_seconds')
    expect(families).toEqual(filter(fixture('3.5')).families)
  })
  it('of all who dial, those that write to a receiver are kept', () => {
    const line = (name: string) => `net_conntrack_dialer_conn_attempted_total{dialer_name="${name}"} 1\n`
    const {text} = kept(`${line('app-1')}${line('remote_storage_write_client')}${line('app-2')}`)
    expect(text).toBe(line('remote_storage_write_client'))
  })
})
