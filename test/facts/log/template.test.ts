import {describe, expect, it} from 'vitest'
import {logTemplate} from '../../../src/facts/log/template.ts'

describe('a template', () => {
  it('takes out what varies and leaves what tells', () => {
    expect(logTemplate('server returned HTTP status 400 Bad Request: out of order sample {job="a"}')).toBe(
      logTemplate('server returned HTTP status 400 Bad Request: out of order sample {job="b"}'),
    )
    expect(logTemplate('open /prometheus/wal/00000012: no such file or directory')).toBe(
      'open /prometheus/wal/#: no such file or directory',
    )
    expect(logTemplate('dial tcp 10.2.3.4:9090: i/o timeout')).toBe('dial tcp <address>: i/o timeout')
    expect(logTemplate('id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 at 2026-11-23T03:18:46.1Z')).toBe('id <id> at <time>')
    expect(logTemplate('lookup central on 10.96.0.10:53: no such host')).not.toBe(
      logTemplate('lookup other on 10.96.0.10:53: no such host'),
    )
  })
})
