/** What promtool says of the empty write, in the words of promtool 2.53 and 3.5, and what is made of it. */
import {describe, expect, it} from 'vitest'
import {readAnswer} from '../../../src/collect/probe/promtool.ts'
import {readProbes} from '../../../src/facts/probe/probe.ts'
import {aProbe} from '../../builders/probe.ts'
import {UNSAFE} from '../../fuzz.ts'
import {aPlan} from './a-plan.ts'

const START = 'Parsing standard input\n'

function judge(said: string, exitCode: number | null = 1, url = 'http://central.example:9090/api/v1/write') {
  const layers = readAnswer(`${START}${said}`, {exitCode, message: ''}, aPlan(url))
  const [own] = readProbes({probes: [aProbe({address: url, ...layers})]})
  return {layers, accepts: own?.accepts, first: own?.failing ?? own?.unknown}
}
const failed = (words: string) => `  FAILED: ${words}\n`
const post = 'Post "http://central.example:9090/api/v1/write"'

describe('promtool push metrics', () => {
  it('that was taken is an empty write that was taken', () => {
    expect(judge('  SUCCESS: metrics pushed to remote write.\n', 0)).toMatchObject({accepts: true, first: null})
  })
  it.each<[string, object]>([
    [
      `${post}: dial tcp: lookup central.example on 10.96.0.10:53: no such host`,
      {layer: 'dns', class: 'name-not-resolved'},
    ],
    [`${post}: dial tcp 10.0.0.1:9090: connect: connection refused`, {layer: 'tcp', class: 'refused'}],
    [`${post}: dial tcp 10.0.0.1:9090: connect: no route to host`, {layer: 'tcp', class: 'no-route'}],
    [`${post}: dial tcp 10.0.0.1:9090: i/o timeout`, {layer: 'tcp', class: 'unreachable'}],
    [`${post}: context deadline exceeded`, {layer: 'http', class: 'timed-out'}],
    [
      'server returned HTTP status 404 Not Found: remote write receiver needs to be enabled with --web.enable-remote-write-receiver',
      {layer: 'receiver', class: 'receiver-disabled'},
    ],
    ['server returned HTTP status 401 Unauthorized: Unauthorized', {layer: 'authentication', class: 'unauthorized'}],
    // 3.5 sends no byte at all where 2.53 sends one.
    ['server returned HTTP status 400 Bad Request: snappy: corrupt input\n', {layer: 'accept', outcome: 'unknown'}],
  ])('"%s" is the layer that fails', (words, expected) => {
    expect(judge(failed(words)).first).toMatchObject(expected)
  })
  it.each<[string, object]>([
    ['http: server gave HTTP response to HTTPS client', {layer: 'tls', class: 'scheme-mismatch'}],
    ['tls: failed to verify certificate: x509: certificate signed by unknown authority', {layer: 'tls'}],
    ['remote error: tls: certificate required', {layer: 'tls', class: 'tls-client-certificate'}],
  ])('"%s" is TLS', (words, expected) => {
    const url = 'https://central.example/w'
    expect(judge(failed(`Post "${url}": ${words}`), 1, url).first).toMatchObject(expected)
  })
  it('over TLS that was taken is trusted', () => {
    expect(judge('  SUCCESS: metrics pushed to remote write.\n', 0, 'https://central.example/w')).toMatchObject({
      accepts: true,
    })
  })
  it.each(['', 'panic: runtime error', failed('\u001b[31mwhatever\u202e'), 'SUCCESS'])(
    'of %j is not known, and never taken for well',
    said => {
      const {accepts, first, layers} = judge(said)
      expect(accepts).toBe(false)
      expect(first).toMatchObject({layer: 'http', outcome: 'unknown'})
      expect(JSON.stringify(layers)).not.toMatch(UNSAFE)
    },
  )
})
