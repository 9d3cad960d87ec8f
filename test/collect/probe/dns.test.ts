/** Names from here, against name servers on loopback. */
import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {afterEach, describe, expect, it} from 'vitest'
import {isServerSilent, resolveHere} from '../../../src/collect/probe/dns.ts'

const closing: Socket[] = []
afterEach(() => {
  for (const socket of closing.splice(0)) socket.close()
})

/** `flags`: of the answer to each question; null: none comes. */
async function nameServer(flags: number | null): Promise<{address: string; questions: () => number}> {
  const socket = createSocket('udp4')
  let questions = 0
  socket.on('message', (question, from) => {
    questions += 1
    if (flags === null) return
    const answer = Buffer.from(question)
    answer.writeUInt16BE(flags, 2)
    socket.send(answer, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  closing.push(socket)
  return {address: `127.0.0.1:${socket.address().port}`, questions: () => questions}
}

const never = new AbortController().signal

// Elsewhere getaddrinfo asks servers of its own, and is asked straight away.
const elsewhere = process.platform !== 'linux'
if (elsewhere) console.log(`skipped: name servers that keep silent (they are asked by promfleet itself on Linux only)`)

describe('a name', () => {
  it.skipIf(elsewhere)(
    'of a name server that keeps silent fails within its layer, and nothing is left that holds up the end of the process',
    async () => {
      const {address, questions} = await nameServer(null)
      const step = await resolveHere('central.invalid', never, [address])
      expect(step).toMatchObject({ok: false, code: 'TIMEOUT'})
      expect(step.ok ? '' : step.detail).toContain('the name server gave no answer about central.invalid within 5 s')
      expect(questions()).toBeGreaterThan(0)
    },
  )
  it.skipIf(elsewhere)('is given up at once when the run is over', async () => {
    const {address} = await nameServer(null)
    const stop = new AbortController()
    const step = resolveHere('central.invalid', stop.signal, [address])
    stop.abort()
    expect(await step).toMatchObject({ok: false, code: 'NO_TIME'})
  })
  it.each([
    ['that it does not know', 0x8183],
    ['with a failure', 0x8182],
  ])(
    'of a name server that answers %s is one for getaddrinfo, which knows search domains and more',
    async (_, flags) => {
      const {address} = await nameServer(flags)
      expect(await isServerSilent('central.invalid', never, [address])).toBe(false)
    },
  )
  it('of the hosts file needs no name server', async () => {
    const {address, questions} = await nameServer(null)
    expect(await resolveHere('localhost', never, [address])).toMatchObject({
      ok: true,
      value: {addresses: expect.any(Array)},
    })
    expect(questions()).toBe(0)
  })
  it('that is an address is not asked for', async () => {
    expect(await resolveHere('192.0.2.7', never)).toEqual({ok: true, value: {addresses: ['192.0.2.7']}, seconds: 0})
  })
})
