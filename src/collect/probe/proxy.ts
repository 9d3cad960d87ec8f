/** Proxies by their URLs, and the tunnel that one of HTTP is asked for (CONNECT), over a stream that leads to it. */
import http from 'node:http'
import type {Duplex} from 'node:stream'
import {keepText} from '../redact.ts'
import {ProbeError, type Tried, tryLayer} from './step.ts'

export interface ProxyAddress {
  scheme: 'http' | 'https' | 'socks5'
  /** Without the brackets of an IPv6 address. */
  host: string
  port: number
}

/** Of Go's net/http: socks5h is the same there, since the proxy resolves in either case. */
const PORTS = {http: 80, https: 443, socks5: 1080} as const

/** Null where there is none, or one that cannot be gone through. */
export function proxyAddress({proxyUrl}: {proxyUrl: string | null}): ProxyAddress | null {
  if (proxyUrl === null || !URL.canParse(proxyUrl)) return null
  const {protocol, hostname, port} = new URL(proxyUrl)
  const scheme = protocol === 'socks5h:' ? 'socks5' : protocol.slice(0, -1)
  if ((scheme !== 'http' && scheme !== 'https' && scheme !== 'socks5') || hostname === '') return null
  return {scheme, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? PORTS[scheme] : Number(port)}
}

/** `target` is host:port of the receiver. A proxy's password is masked in the configuration, so that none is sent. */
export function openTunnel(
  stream: Duplex,
  target: string,
  where: string,
  signal: AbortSignal,
): Promise<Tried<{status: number}, Duplex>> {
  return tryLayer(`the proxy ${where} gave no answer to CONNECT ${target}`, signal, async deadline => {
    if (stream.errored) throw stream.errored // before anybody listened
    const request = http.request({
      method: 'CONNECT',
      path: target,
      headers: {host: target, 'user-agent': 'promfleet'},
      createConnection: () => stream,
    })
    deadline.signal.addEventListener('abort', () => request.destroy(), {once: true})
    const [status, words, tunnel] = await new Promise<[number, string, Duplex]>((resolve, reject) => {
      request.once('connect', (answer, socket, head) => {
        if (head.length > 0) socket.unshift(head)
        resolve([answer.statusCode ?? 0, answer.statusMessage ?? '', socket])
      })
      request.once('error', reject)
      stream.once('error', reject)
      request.end()
    })
    if (status < 200 || status > 299) {
      tunnel.destroy()
      throw new ProbeError(
        status === 407 ? 'PROXY_CREDENTIALS' : 'PROXY_REFUSED',
        status === 407
          ? `the proxy ${where} wants credentials (407 to CONNECT ${target})`
          : `the proxy ${where} refused the tunnel to ${target} with status ${status} ${keepText(words, 60)}`,
      )
    }
    return {value: {status}, result: tunnel}
  })
}
