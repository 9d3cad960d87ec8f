/** A central on loopback that answers what a test gives it, and keeps what it was asked. */
import http, {type IncomingMessage, type ServerResponse} from 'node:http'
import {type CentralAccess, parseCentralUrl} from '../../../src/collect/central/access.ts'
import {openQueryApi} from '../../../src/collect/central/prometheus-api.ts'
import type {QueryApi, QueryOptions} from '../../../src/collect/central/query-api.ts'
import {wayToUrl} from '../../../src/collect/central/url.ts'
import {startPod} from '../stand-in.ts'

interface Asked {
  method: string
  path: string
  /** Of the query string or of the form. */
  parameters: URLSearchParams
  headers: IncomingMessage['headers']
}

export interface StandInCentral {
  url: string
  asked: Asked[]
  /** TCP connections taken. */
  connections(): number
  respond(asked: Asked, response: ServerResponse): void
  close(): Promise<void>
}

export async function startCentral(respond: StandInCentral['respond']): Promise<StandInCentral> {
  let connections = 0
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://central')
      const parameters = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams
      const asked = {method: request.method ?? '', path: url.pathname, parameters, headers: request.headers}
      central.asked.push(asked)
      central.respond(asked, response)
    })
  })
  server.on('connection', () => {
    connections += 1
  })
  const {port, close} = await startPod(server)
  const central: StandInCentral = {
    url: `http://127.0.0.1:${port}`,
    asked: [],
    connections: () => connections,
    respond,
    close,
  }
  return central
}

export function answerVector(
  response: ServerResponse,
  series: [Record<string, string>, number][],
  rest: object = {},
): void {
  const result = series.map(([metric, value]) => ({metric, value: [1_700_000_000, String(value)]}))
  answer(response, {status: 'success', data: {resultType: 'vector', result}, ...rest})
}

export function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
}

type UrlAccess = Extract<CentralAccess, {kind: 'url'}>

export function openAt(
  url: string,
  credentials: Partial<UrlAccess['credentials']> = {},
  tls: Partial<UrlAccess['tls']> = {},
): QueryApi {
  return openQueryApi(
    wayToUrl({
      kind: 'url',
      url: parseCentralUrl(url).url,
      credentials: {headers: {}, basic: null, token: null, ...credentials},
      tls: {authority: null, skipVerify: false, ...tls},
    }),
  )
}

export const queryOptions = (rest: Partial<QueryOptions> = {}): QueryOptions => ({
  signal: new AbortController().signal,
  timeoutSeconds: 10,
  ...rest,
})
