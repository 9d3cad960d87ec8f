import {describe, expect, it} from 'vitest'
import {readStore} from '../../../src/facts/central/store.ts'
import {aCentral, anUnreadCentral} from '../../builders/central.ts'
import {aFailure, collected} from '../../builders/evidence.ts'

const missing = aFailure('not-found')

describe('a store as it describes itself', () => {
  it('is a Prometheus that takes remote writes and nothing late', () => {
    expect(readStore(aCentral())).toMatchObject({
      ...{kind: 'prometheus', version: {text: '3.5.0'}, receiver: true, isRead: true, problem: null, isStarting: false},
      ...{outOfOrderWindowSeconds: 0, refusesAfterSeconds: 3600, head: {series: 12_000}, writes: null},
    })
  })
  it.each([
    [{flags: {'web.enable-remote-write-receiver': 'false'}}, false],
    [{flags: {'web.enable-remote-write-receiver': 'false', 'enable-feature': 'agent,remote-write-receiver'}}, true],
    [{flags: aFailure('forbidden')}, null],
  ])('has a receiver that is on, off or not known: %o', (options, receiver) => {
    expect(readStore(aCentral(options)).receiver).toBe(receiver)
  })
  it.each([
    ['2h', 7200, 7200],
    ['30m', 1800, 3600],
    ['6h', 21_600, 21_600],
  ])('with a window of %s refuses what is older than it, and never before half a block', (window, seconds, after) => {
    expect(readStore(aCentral({window}))).toMatchObject({outOfOrderWindowSeconds: seconds, refusesAfterSeconds: after})
  })
  it('has half its smallest block for a limit', () => {
    const flags = {'storage.tsdb.min-block-duration': '20s'}
    expect(readStore(aCentral({flags})).refusesAfterSeconds).toBe(10)
  })
  it('has no window before 2.39, and an unknown one without its configuration', () => {
    expect(readStore(aCentral({version: '2.38.0', config: missing})).outOfOrderWindowSeconds).toBe(0)
    expect(readStore(aCentral({config: missing}))).toMatchObject({
      outOfOrderWindowSeconds: null,
      refusesAfterSeconds: null,
    })
    expect(readStore(aCentral({config: '{{{'})).outOfOrderWindowSeconds).toBeNull()
  })
  it.each([
    ['victoria-metrics', ['vm_rows']],
    ['mimir', ['cortex_build_info']],
    ['thanos', ['thanos_build_info']],
    ['unknown', ['go_info']],
  ])('is known for %s by its metrics', (kind, families) => {
    expect(readStore(aCentral({flags: missing, families}))).toMatchObject({
      kind,
      receiver: null,
      refusesAfterSeconds: null,
    })
  })
  it('is known for Mimir by its own name where its metrics are out of reach', () => {
    const buildInfo = collected({application: 'Grafana Mimir', version: '2.14.0'})
    expect(readStore(aCentral({flags: missing, metrics: missing, buildInfo})).kind).toBe('mimir')
  })
  it('counts its write requests by what became of them', () => {
    const line = (code: number, count: number) =>
      `prometheus_http_requests_total{code="${code}",handler="/api/v1/write"} ${count}`
    const metrics = [
      line(204, 90),
      line(400, 7),
      line(500, 3),
      'prometheus_http_requests_total{code="200",handler="/metrics"} 5',
    ]
    expect(readStore(aCentral({metrics})).writes).toEqual({requests: 100, refused: 7, failed: 3})
  })
  it('has no head times while its head is empty', () => {
    const metrics = ['prometheus_tsdb_head_max_time_seconds -9.223372036854776e+15']
    expect(readStore(aCentral({metrics})).head.maxSeconds).toBeNull()
  })
  it('is a problem when nothing of it could be read, by the first reason', () => {
    const unread = readStore(anUnreadCentral(aFailure('timeout', 'no answer within 5 s')))
    expect(unread).toMatchObject({isRead: false, problem: {reason: 'timeout'}, kind: 'unknown'})
  })
  it('is starting while it says so, and no problem for that', () => {
    const starting = readStore(aCentral({ready: collected({status: 503, text: 'Service Unavailable'})}))
    expect(starting).toMatchObject({isStarting: true, problem: null})
  })
})
