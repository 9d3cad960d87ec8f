/**
 * An address that swallows connections: a listener that accepts nothing, its queue filled up, so that the kernel drops every
 * further SYN (Linux). To a client it looks like a firewall that drops packets, without needing one.
 */
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {execa} from 'execa'
import {dyingWithUs} from './processes.ts'

/** A process that listens and then never turns its event loop again: Node would accept by itself. */
const listener = `
const [host, port] = process.argv.slice(1)
require('node:net').createServer().listen({host, port: Number(port), backlog: 1}, () => {
  require('node:fs').writeSync(1, 'listening')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`
const fillers = 4 // a queue of 1 takes 2; more do no harm
const silentAfterMs = 500

/** Ready when a connection to it does not come about. */
export async function startBlackHole(host: string, port: number): Promise<{close(): Promise<void>}> {
  const [program = '', ...rest] = dyingWithUs(process.execPath, ['-e', listener, host, String(port)])
  const child = execa(program, rest, {
    reject: false,
    stdin: 'ignore',
    buffer: false,
    cleanup: true,
  })
  await once(child.stdout, 'data')
  const sockets: Socket[] = []
  for (let tried = 0; tried < fillers; tried += 1) {
    const socket = connect(port, host)
    socket.on('error', () => undefined)
    sockets.push(socket)
    const outcome = await Promise.race([once(socket, 'connect').then(() => 'connected'), after(silentAfterMs)])
    if (outcome !== 'connected') break
  }
  return {
    async close() {
      for (const socket of sockets) socket.destroy()
      child.kill('SIGKILL')
      await child
    },
  }
}

function after(milliseconds: number): Promise<string> {
  return new Promise(resolve => setTimeout(() => resolve('silent'), milliseconds))
}
