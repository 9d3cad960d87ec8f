/** The tunnel that an HTTP proxy is asked for (CONNECT), over a stream that leads to the proxy. */
import http from 'node:http'
import type {Duplex} from 'node:stream'
import {keepText} from '../redact.ts'
import {ProbeError, type Tried, tryLayer} from './step.ts'

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
      const why = status === 407 ? ': it wants credentials, and those of the agent cannot be read' : ''
      throw new ProbeError(
        'PROXY_REFUSED',
        `the proxy ${where} refused the tunnel to ${target} with status ${status} ${keepText(words, 60)}${why}`,
      )
    }
    return {value: {status}, result: tunnel}
  })
}
