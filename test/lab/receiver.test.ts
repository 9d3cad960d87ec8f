/** The lab's receivers fail in the ways they promise, and change while they run. */
import {request} from 'node:https'
import {connect} from 'node:net'
import {afterEach, expect, it} from 'vitest'
import {takeAddresses} from './addresses.ts'
import {startBlackHole} from './black-hole.ts'
import {createAuthority} from './kubernetes/certificates.ts'
import {behaviours, startReceiver} from './receiver.ts'

const atEnd: (() => unknown)[] = []
afterEach(async () => {
  for (const end of atEnd.splice(0)) await end()
})

it('answers as it is told, and changes its mind at run time', async () => {
  const receiver = await startReceiver(behaviours.accept)
  atEnd.push(receiver.close)
  const write = () => fetch(receiver.url, {method: 'POST', body: 'x', redirect: 'manual'})
  expect((await write()).status).toBe(204)
  for (const behaviour of [
    behaviours.unauthorized,
    behaviours.disabled,
    behaviours.rateLimited,
    behaviours.redirected,
    behaviours.storesNothing,
  ]) {
    receiver.behaviour = behaviour
    expect((await write()).status).toBe(behaviour.status)
  }
  receiver.behaviour = behaviours.disabled
  expect(await (await write()).text()).toContain('--web.enable-remote-write-receiver')
  receiver.behaviour = behaviours.retryLater
  expect((await write()).headers.get('retry-after')).toBe('5')
  expect(receiver.requests).toBe(8)
})

it('hangs, resets and is slow', async () => {
  const receiver = await startReceiver(behaviours.hang)
  atEnd.push(receiver.close)
  const write = (timeoutMs: number) =>
    fetch(receiver.url, {method: 'POST', body: 'x', signal: AbortSignal.timeout(timeoutMs)})
  await expect(write(300)).rejects.toThrow(/timeout/i)
  receiver.behaviour = behaviours.reset
  await expect(write(5000)).rejects.toThrow('fetch failed')
  receiver.behaviour = {kind: 'slow', seconds: 0.3}
  const began = performance.now()
  expect((await write(5000)).status).toBe(204)
  expect(performance.now() - began).toBeGreaterThan(290)
})

it('speaks TLS with a certificate of the lab', async () => {
  const authority = await createAuthority('receiver test')
  const receiver = await startReceiver(behaviours.accept, {
    certificate: await authority.issue({commonName: 'central', names: ['127.0.0.1']}),
  })
  atEnd.push(receiver.close)
  const write = (ca?: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(receiver.url, {method: 'POST', ...(ca ? {ca} : {}), agent: false}, response =>
        resolve(response.statusCode),
      )
        .on('error', reject)
        .end('x')
    })
  expect(await write(authority.certificatePem)).toBe(204)
  await expect(write()).rejects.toThrow(/certificate/)
})

it.runIf(process.platform === 'linux')('a black hole neither accepts nor refuses connections', async () => {
  const addresses = await takeAddresses()
  const {host, port} = await addresses.pod(1, 9090)
  const blackHole = await startBlackHole(host, port)
  atEnd.push(() => blackHole.close(), addresses.release)
  const socket = connect(port, host)
  atEnd.push(() => socket.destroy())
  const outcome = await new Promise(resolve => {
    socket.once('connect', () => resolve('connected'))
    socket.once('error', error => resolve(error))
    setTimeout(() => resolve('nothing'), 1500) // a refusal or a connection on loopback takes microseconds
  })
  expect(outcome).toBe('nothing')
})
