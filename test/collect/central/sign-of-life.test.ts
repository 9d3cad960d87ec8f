import {describe, expect, it} from 'vitest'
import type {CentralWay} from '../../../src/collect/central/query-api.ts'
import {failsWhenItHangs} from '../../../src/collect/central/sign-of-life.ts'
import {failure} from '../../../src/collect/collected.ts'
import type {HttpAnswer, RequestOptions} from '../../../src/collect/connections.ts'
import type {Collected} from '../../../src/evidence/types.ts'

const TRIVIAL = '/api/v1/status/buildinfo'
const QUERY = '/api/v1/query?query=up'
/** So short that a test waits for nothing, so long that what answers at once is first. */
const patience = {silentSeconds: 0.01, trivialSeconds: 0.04, hungForSeconds: 0}

const answered: Collected<HttpAnswer> = {
  ok: true,
  value: {status: 200, headers: {}, body: Buffer.from('{}'), durationSeconds: 0},
  at: '2026-11-23T12:00:00.000Z',
}

/** As exchange() ends: by an answer, by its own limit, or because nobody waits any more. */
function unanswered({signal, timeoutSeconds}: RequestOptions): Promise<Collected<HttpAnswer>> {
  return new Promise(resolve => {
    const timer = setTimeout(
      () => resolve(failure('timeout', `no answer within ${timeoutSeconds} s`)),
      timeoutSeconds * 1000,
    )
    const stop = () => {
      clearTimeout(timer)
      resolve(failure('interrupted', 'stopped'))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, {once: true})
  })
}

type Respond = (path: string, options: RequestOptions) => Promise<Collected<HttpAnswer>>

function central(respond: Respond, hungForSeconds = 0): {way: CentralWay; asked: string[]} {
  const asked: string[] = []
  const send: Respond = (path, options) => {
    asked.push(path)
    return respond(path, options)
  }
  const way: CentralWay = {
    ...{name: 'http://central:9090', isPod: false, credentials: () => [], close() {}},
    get: send,
    postForm: (path, _form, options) => send(path, options),
  }
  return {way: failsWhenItHangs(way, {...patience, hungForSeconds}), asked}
}

const options = (rest: Partial<RequestOptions> = {}): RequestOptions => ({
  ...{signal: new AbortController().signal, timeoutSeconds: 600, maxBytes: 1000},
  ...rest,
})

describe('a central', () => {
  it('that does not even say what it is fails all that is asked of it at that time, long before the time of a query is up', async () => {
    const {way, asked} = central((_path, rest) => unanswered(rest))
    const all = await Promise.all([way.get(QUERY, options()), way.postForm?.('/api/v1/query', 'query=up', options())])
    expect(asked).toEqual([QUERY, '/api/v1/query', TRIVIAL])
    for (const answer of all) {
      expect(answer).toMatchObject({ok: false, reason: 'timeout'})
      expect(answer).toMatchObject({
        detail: expect.stringMatching(/^the central http:\/\/central:9090 gave no answer within 0\.05 s, not even to/),
      })
    }
  })

  it.each<[string, Collected<HttpAnswer>]>([
    ['what it is', answered],
    ['that it does not know the question', failure('not-found', 'it answered 404')],
  ])('that says %s has all the time for a query that it was given', async (_what, life) => {
    let finish = () => {}
    const slow = new Promise<Collected<HttpAnswer>>(resolve => {
      finish = () => resolve(answered)
    })
    const {way, asked} = central(async path => {
      if (path !== TRIVIAL) return slow
      // Longer than anyone would wait for it, had it not answered.
      setTimeout(finish, 4 * 1000 * (patience.silentSeconds + patience.trivialSeconds))
      return life
    })
    expect(await way.get(QUERY, options())).toBe(answered)
    expect(asked).toEqual([QUERY, TRIVIAL])
  })

  it('that has begun to answer is not asked whether it lives', async () => {
    const {way, asked} = central(async (_path, {onChunk}) => {
      onChunk?.(Buffer.from('{'))
      await new Promise(resolve => setTimeout(resolve, 4 * 1000 * patience.silentSeconds))
      return answered
    })
    const chunks: string[] = []
    const onChunk = (chunk: Buffer) => {
      chunks.push(chunk.toString())
      return 'more' as const
    }
    expect(await way.get(QUERY, options({onChunk}))).toBe(answered)
    expect({asked, chunks}).toEqual({asked: [QUERY], chunks: ['{']})
  })

  it('that hung is asked anew later', async () => {
    let hangs = true
    const {way} = central(async (_path, rest) => (hangs ? unanswered(rest) : answered))
    expect((await way.get(QUERY, options())).ok).toBe(false)
    hangs = false
    expect((await way.get(QUERY, options())).ok).toBe(true)
  })

  it('that hung is not asked again for what follows at once', async () => {
    const {way, asked} = central((_path, rest) => unanswered(rest), 600)
    const first = await way.get(QUERY, options())
    expect(await way.get(QUERY, options())).toBe(first)
    expect(asked).toEqual([QUERY, TRIVIAL])
  })

  it('that nobody waits for any longer is not blamed for it', async () => {
    const stop = new AbortController()
    const {way} = central((path, rest) => {
      if (path === TRIVIAL) stop.abort()
      return unanswered(rest)
    })
    expect(await way.get(QUERY, options({signal: stop.signal}))).toMatchObject({reason: 'interrupted'})
    expect(await way.get(QUERY, options({signal: stop.signal}))).toMatchObject({reason: 'interrupted'})
  })
})
