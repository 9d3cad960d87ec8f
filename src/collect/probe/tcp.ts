/** Connections from this machine: the addresses of a name in turn, as long as the layer has time. */
import {connect, type Socket} from 'node:net'
import type {Duplex} from 'node:stream'
import {LAYER_SECONDS, ProbeError, type Tried, tryLayer} from './step.ts'

/** Of a name with many addresses the first few tell. */
const MOST_TRIED = 4

export async function dialHere(
  host: string,
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Tried<{address: string | null; port: number}, Duplex>> {
  const tried = addresses.slice(0, MOST_TRIED)
  const open = new Set<Socket>()
  const dialled = await tryLayer(
    `${host}:${port} (${tried.join(', ')}) did not answer to a connection`,
    signal,
    async deadline => {
      deadline.signal.addEventListener('abort', () => {
        for (const socket of open) socket.destroy()
      })
      let last: unknown = new ProbeError('ENOTFOUND', `${host} has no address`)
      for (const address of tried) {
        try {
          const socket = await connectTo(address, port, (LAYER_SECONDS / tried.length) * 1000, open)
          return {value: {address, port}, result: socket}
        } catch (error) {
          last = error
        }
        if (deadline.signal.aborted) break
      }
      throw last
    },
  )
  return dialled
}

function connectTo(address: string, port: number, milliseconds: number, open: Set<Socket>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({host: address, port, noDelay: true})
    open.add(socket)
    const timer = setTimeout(() => fail(new ProbeError('TIMEOUT', silence(address, port, milliseconds))), milliseconds)
    const fail = (error: Error) => {
      clearTimeout(timer)
      open.delete(socket)
      socket.destroy()
      reject(refusal(error, address, port))
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      clearTimeout(timer)
      open.delete(socket)
      socket.off('error', fail)
      socket.on('error', () => undefined) // whoever reads it has its own listener
      resolve(socket)
    })
  })
}

const silence = (address: string, port: number, milliseconds: number): string =>
  `${address}:${port} did not answer to a connection within ${Math.round(milliseconds / 100) / 10} s`

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection: nothing listens there',
  EHOSTUNREACH: 'cannot be reached: no route to the host',
  ENETUNREACH: 'cannot be reached: no route to the network',
  ETIMEDOUT: 'did not answer to a connection',
  ECONNRESET: 'ended the connection before it was made',
}

function refusal(error: Error, address: string, port: number): Error {
  const {code} = error as NodeJS.ErrnoException
  const words = WORDS[code ?? '']
  return words === undefined || code === undefined ? error : new ProbeError(code, `${address}:${port} ${words}`)
}
