/** The way through a SOCKS5 proxy (RFC 1928), over a stream that leads to it. The proxy resolves the name, as with Go's net/http. */
import type {Duplex} from 'node:stream'
import {SocksClient} from 'socks'
import {keepText} from '../redact.ts'
import {LAYER_SECONDS, ProbeError, type Tried, tryLayer} from './step.ts'

const GRANTED = 0

/** `host` and `port` of the receiver. A proxy's password is masked in the configuration, so that none is sent. */
export function openSocks(
  stream: Duplex,
  {host, port}: {host: string; port: number},
  where: string,
  signal: AbortSignal,
): Promise<Tried<{status: number}, Duplex>> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return tryLayer(`the proxy ${where} did not open the way to ${target}`, signal, async () => {
    if (stream.errored) throw stream.errored // before anybody listened
    try {
      await SocksClient.createConnection({
        command: 'connect',
        destination: {host, port},
        existing_socket: stream,
        proxy: {type: 5, host: 'the stream leads to it', port: 1080},
        timeout: LAYER_SECONDS * 1000,
      })
    } catch (error) {
      throw inWords(error instanceof Error ? error.message : String(error), where, target)
    }
    return {value: {status: GRANTED}, result: stream}
  })
}

/** `message`: of socks 2.8, src/common/constants.ts. */
function inWords(message: string, where: string, target: string): ProbeError {
  if (/socks version/.test(message)) return new ProbeError('NOT_SOCKS', `${where} does not speak SOCKS5`)
  if (/authentication/i.test(message))
    return new ProbeError('PROXY_CREDENTIALS', `the proxy ${where} wants credentials`)
  if (message === 'Socket closed') return new ProbeError('ECONNRESET', `the proxy ${where} ended the connection`)
  const reason = /rejected connection - (\w+)/.exec(message)?.[1]?.replace(/\B[A-Z](?![A-Z])/g, letter => ` ${letter}`)
  const says = reason === 'undefined' ? 'for a reason of its own' : (reason?.toLowerCase() ?? message)
  return new ProbeError(
    'PROXY_REFUSED',
    `the proxy ${where} does not open the way to ${target}: ${keepText(says, 100)}`,
  )
}
