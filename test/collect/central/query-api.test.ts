import {afterEach, describe, expect, it} from 'vitest'
import type {QueryApi} from '../../../src/collect/central/query-api.ts'
import {createAuthority} from '../../lab/kubernetes/certificates.ts'
import {startStandIn} from '../stand-in.ts'
import {answer, answerVector, openAt, queryOptions, type StandInCentral, startCentral} from './stand-in-central.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function central(
  respond: StandInCentral['respond'],
  ...open: Parameters<typeof openAt> extends [string, ...infer Rest] ? Rest : never
) {
  const server = await startCentral(respond)
  const api = openAt(server.url, ...open)
  closing.push(() => api.close(), server.close)
  return {server, api}
}

const up: StandInCentral['respond'] = (_asked, response) => answerVector(response, [[{cluster: 'a'}, 1]])

async function failureOf(api: QueryApi, options = queryOptions()) {
  const answered = await api.query('up', options)
  expect(answered.ok).toBe(false)
  return answered as Extract<typeof answered, {ok: false}>
}

describe('an instant query', () => {
  it('gives every series with its labels, its value and the time at which the server answered', async () => {
    const {api} = await central((_asked, response) =>
      answerVector(response, [
        [{__name__: 'up', cluster: 'a'}, 1],
        [{__name__: 'up', cluster: 'b "quoted" ]}'}, 0],
      ]),
    )
    expect(await api.query('up', queryOptions())).toMatchObject({
      ok: true,
      value: {
        warnings: [],
        samples: [
          {labels: {cluster: 'a'}, atSeconds: 1_700_000_000, value: 1},
          {labels: {cluster: 'b "quoted" ]}'}, value: 0},
        ],
      },
    })
  })

  it('asks below the path of the URL, for the server’s own now unless a time is given', async () => {
    const server = await startCentral(up)
    closing.push(server.close)
    for (const path of ['/select/0/prometheus', '/select/0/prometheus/', '/select/0/prometheus/api/v1/query']) {
      const api = openAt(`${server.url}${path}`)
      await api.query('up{a="b&c"}', queryOptions())
      api.close()
    }
    expect(server.asked.map(({path}) => path)).toEqual(Array(3).fill('/select/0/prometheus/api/v1/query'))
    expect(server.asked[0]?.parameters.get('query')).toBe('up{a="b&c"}')
    expect(server.asked[0]?.parameters.get('time')).toBeNull()
    const api = openAt(server.url)
    await api.query('up', queryOptions({atSeconds: 1234.5}))
    api.close()
    expect(server.asked.at(-1)?.parameters.get('time')).toBe('1234.5')
  })

  it('sends a query that is too long for a URL as a form, and every other with GET', async () => {
    const {server, api} = await central(up)
    const long = `up{cluster=~"${'x'.repeat(5000)}"}`
    await api.query('up', queryOptions())
    await api.query(long, queryOptions())
    expect(server.asked.map(({method}) => method)).toEqual(['GET', 'POST'])
    expect(server.asked[1]?.parameters.get('query')).toBe(long)
    expect(server.asked[1]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  })

  it('uses one connection for one query after the other', async () => {
    const {server, api} = await central(up)
    for (let count = 0; count < 5; count += 1) await api.query('up', queryOptions())
    expect(server.connections()).toBe(1)
  })

  it('reads scalars, infinities and NaN, and leaves native histograms out', async () => {
    const {server, api} = await central((_asked, response) =>
      answer(response, {
        status: 'success',
        data: {
          resultType: 'vector',
          result: [
            {metric: {n: '1'}, value: [1, '+Inf']},
            {metric: {n: '2'}, value: [1, '-Inf']},
            {metric: {n: '3'}, value: [1, 'NaN']},
            {metric: {n: '4'}, histogram: [1, {count: '3'}]},
          ],
        },
      }),
    )
    const vector = await api.query('x', queryOptions())
    expect(vector.ok && vector.value.samples.map(({value}) => value)).toEqual([
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ])
    server.respond = (_asked, response) =>
      answer(response, {status: 'success', data: {resultType: 'scalar', result: [5, '42']}})
    expect(await api.query('scalar(x)', queryOptions())).toMatchObject({
      value: {samples: [{labels: {}, atSeconds: 5, value: 42}]},
    })
  })

  it('tells that an answer is partial, as Thanos and a VictoriaMetrics cluster say it', async () => {
    const {server, api} = await central((_asked, response) =>
      answerVector(response, [[{cluster: 'a'}, 1]], {warnings: ['No StoreAPIs matched, store-2: \u001b[31mtimeout']}),
    )
    expect(await api.query('up', queryOptions())).toMatchObject({
      value: {samples: [{value: 1}], warnings: ['No StoreAPIs matched, store-2: timeout']},
    })
    server.respond = (_asked, response) =>
      answer(response, {status: 'success', isPartial: true, data: {resultType: 'vector', result: []}})
    const partial = await api.query('up', queryOptions())
    expect(partial.ok && partial.value.warnings[0]).toMatch(/partial/)
  })

  it('gives samples one by one where they need not be held', async () => {
    const {api} = await central(up)
    const taken: number[] = []
    const answered = await api.query('up', queryOptions({onSample: ({value}) => taken.push(value)}))
    expect(taken).toEqual([1])
    expect(answered).toMatchObject({ok: true, value: {samples: []}})
  })

  it('knows how far the server’s clock is from ours', async () => {
    const {api} = await central((_asked, response) => {
      response.setHeader('date', new Date(Date.now() + 600_000).toUTCString())
      answerVector(response, [])
    })
    expect(api.clockSkewSeconds()).toBeNull()
    await api.query('up', queryOptions())
    expect(api.clockSkewSeconds()).toBeGreaterThan(590)
    expect(api.clockSkewSeconds()).toBeLessThan(610)
  })
})

describe('what proves who asks', () => {
  it('goes with each request', async () => {
    const {server, api} = await central(up, {headers: {'x-scope-orgid': 'team-a'}, token: 'a-secret-token-0123456789'})
    await api.query('up', queryOptions())
    await api.get('/-/ready', {signal: new AbortController().signal, timeoutSeconds: 5, maxBytes: 1000})
    for (const {headers} of server.asked)
      expect(headers).toMatchObject({'x-scope-orgid': 'team-a', authorization: 'Bearer a-secret-token-0123456789'})
  })

  it('is never in what the other side says back', async () => {
    const {api} = await central(
      ({headers}, response) =>
        answer(response, {status: 'error', error: `no such user: ${headers.authorization}`}, 401),
      {basic: {username: 'me', password: 'pa55word!'}},
    )
    const {detail, reason} = await failureOf(api)
    expect(reason).toBe('unauthorized')
    expect(detail).not.toContain('pa55word!')
    expect(detail).not.toContain(Buffer.from('me:pa55word!').toString('base64'))
    expect(api.name).not.toContain('me')
  })

  it('does not follow a redirect, and names where it leads without its session', async () => {
    const {server, api} = await central(
      (_asked, response) =>
        response.writeHead(302, {location: 'https://login.example.com/sso?session=abcdef0123456789'}).end(),
      {token: 'a-secret-token-0123456789'},
    )
    const {detail} = await failureOf(api)
    expect(detail).toContain('302')
    expect(detail).toContain('https://login.example.com/sso')
    expect(detail).not.toContain('abcdef')
    expect(server.asked).toHaveLength(1)
  })
})

describe('what is no answer', () => {
  const html = '<!doctype html><html><head><title>Sign in</title></head><body>…</body></html>'
  it.each([
    ['a page instead of JSON', 200, html, 'malformed', /an HTML page \("Sign in"\) instead of JSON/],
    [
      'a page of a gateway',
      503,
      '<html><head><title>503 no backend</title></head></html>',
      'failed',
      /503: an HTML page/,
    ],
    [
      'a wrong query',
      400,
      '{"status":"error","errorType":"bad_data","error":"parse error"}',
      'failed',
      /400: parse error/,
    ],
    [
      'a query that costs too much',
      422,
      '{"status":"error","error":"too many samples into memory"}',
      'failed',
      /422: too many samples/,
    ],
    ['too many queries', 429, '{"status":"error","error":"too many outstanding requests"}', 'failed', /429/],
    [
      'a server that is too slow by its own word',
      503,
      '{"status":"error","errorType":"timeout","error":"query timed out"}',
      'failed',
      /query timed out/,
    ],
    ['no credentials', 401, 'Unauthorized', 'unauthorized', /--central-user/],
    ['no tenant', 401, 'no org id', 'unauthorized', /--central-tenant/],
    ['no right', 403, 'RBAC: access denied', 'forbidden', /may not query/],
    ['no query API', 404, '404 page not found', 'not-found', /\/select\/0\/prometheus/],
    ['nothing', 200, '', 'malformed', /answered nothing/],
    [
      'half a document',
      200,
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]},{"met',
      'malformed',
      /half a document/,
    ],
    ['an error with status 200', 200, '{"status":"error","error":"internal"}', 'failed', /internal/],
    ['something else', 200, '"hello"', 'malformed', /no query API/],
  ])('%s is told in a sentence', async (_what, status, body, reason, detail) => {
    const {api} = await central((_asked, response) => response.writeHead(status as number).end(body as string))
    expect(await failureOf(api)).toMatchObject({reason, detail: expect.stringMatching(detail as RegExp)})
  })

  it('a server that takes the request and says nothing ends with the time of the run', async () => {
    const {api} = await central(() => undefined)
    expect(await failureOf(api, queryOptions({signal: AbortSignal.timeout(300)}))).toMatchObject({reason: 'timeout'})
  })

  it('an answer that drips ends with the time of the run', async () => {
    const {api} = await central((_asked, response) => {
      response.write('{"status":"success","data":{"resultType":"vector","result":[')
      const timer = setInterval(() => response.write('{"metric":{},"value":[1,"1"]},'), 10)
      response.on('close', () => clearInterval(timer))
    })
    expect(await failureOf(api, queryOptions({signal: AbortSignal.timeout(300)}))).toMatchObject({reason: 'timeout'})
  })

  it('an answer without end is left after as many series as may be held', async () => {
    const many = `${'{"metric":{},"value":[1,"1"]},'.repeat(5000)}`
    const {api} = await central((_asked, response) => {
      response.write('{"status":"success","data":{"resultType":"vector","result":[')
      const more = () => {
        while (!response.destroyed && response.write(many));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    expect((await failureOf(api)).detail).toMatch(/more than 300000 series/)
  })

  it('a connection that breaks off is no answer', async () => {
    const {api} = await central((_asked, response) => {
      response
        .writeHead(200, {'content-length': '1000'})
        .write('{"status":"success","data":{"result":[', () => response.destroy())
    })
    expect(await failureOf(api)).toMatchObject({reason: 'malformed', detail: expect.stringContaining('cut off')})
  })

  it('a port without a server says so', async () => {
    const {server, api} = await central(up)
    await server.close()
    expect(await failureOf(api)).toMatchObject({
      reason: 'unreachable',
      detail: expect.stringContaining('connection refused'),
    })
  })
})

describe('TLS', () => {
  it('trusts the authority that is named, and says which flag names one', async () => {
    const server = await startStandIn()
    closing.push(server.close)
    server.respond = (_request, response) => answerVector(response, [])
    const trusting = openAt(server.url, {}, {authority: server.authority.certificatePem})
    const careless = openAt(server.url, {}, {skipVerify: true})
    const plain = openAt(server.url)
    const other = openAt(server.url, {}, {authority: (await createAuthority('another')).certificatePem})
    closing.push(trusting.close, careless.close, plain.close, other.close)
    expect((await trusting.query('up', queryOptions())).ok).toBe(true)
    expect((await careless.query('up', queryOptions())).ok).toBe(true)
    for (const api of [plain, other])
      expect(await failureOf(api)).toMatchObject({
        reason: 'untrusted',
        detail: expect.stringContaining('--central-ca-file'),
      })
  })

  it('says so where the server speaks plain HTTP', async () => {
    const {server} = await central(up)
    const api = openAt(server.url.replace('http:', 'https:'))
    closing.push(api.close)
    expect((await failureOf(api)).detail).toMatch(/does not speak TLS/)
  })
})

describe('other questions', () => {
  it('range queries give the samples of each series', async () => {
    const {server, api} = await central((_asked, response) =>
      answer(response, {
        status: 'success',
        data: {
          resultType: 'matrix',
          result: [
            {
              metric: {cluster: 'a'},
              values: [
                [10, '1'],
                [20, '2'],
              ],
            },
          ],
        },
      }),
    )
    const range = {fromSeconds: 10, toSeconds: 20, stepSeconds: 10}
    expect(await api.queryRange('up', range, queryOptions())).toMatchObject({
      value: {
        series: [
          {
            labels: {cluster: 'a'},
            samples: [
              [10, 1],
              [20, 2],
            ],
          },
        ],
      },
    })
    expect(Object.fromEntries(server.asked[0]?.parameters ?? [])).toMatchObject({start: '10', end: '20', step: '10'})
  })

  it('label values come from the index', async () => {
    const {server, api} = await central((_asked, response) => answer(response, {status: 'success', data: ['a', 'b']}))
    expect(await api.labelValues('cluster', {fromSeconds: 1, toSeconds: 2}, queryOptions())).toMatchObject({
      value: {values: ['a', 'b'], warnings: []},
    })
    expect(server.asked[0]?.path).toBe('/api/v1/label/cluster/values')
    server.respond = (_asked, response) => response.writeHead(200).end(html)
    expect(await api.labelValues('cluster', {fromSeconds: 1, toSeconds: 2}, queryOptions())).toMatchObject({
      reason: 'malformed',
    })
  })

  const html = '<html></html>'
})
