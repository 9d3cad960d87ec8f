/**
 * Addresses of the lab: on Linux every pod has a loopback address of its own, so that all of them can have port 9090 as in a
 * cluster. Elsewhere, and where somebody listens on 9090 of all addresses, ports of 127.0.0.1 stand in for addresses.
 */
import {once} from 'node:events'
import {type AddressInfo, createServer, type Server} from 'node:net'

export interface Address {
  host: string
  port: number
}

export interface AddressBook {
  /** For the API server of the context with this number (from 1). */
  apiServer(context: number): Promise<Address>
  /** A new address in that context's pod network, for this port. */
  pod(context: number, port: number): Promise<Address>
  release(): void
}

const firstBlock = 64 // 127.64.0.0/16 to 127.191.0.0/16
const blocks = 128

/** Takes a block of addresses that no other lab on this machine uses. */
export async function takeAddresses(): Promise<AddressBook> {
  const start = Math.floor(Math.random() * blocks)
  for (let tried = 0; tried < blocks && process.platform === 'linux'; tried += 1) {
    const block = firstBlock + ((start + tried) % blocks)
    const claim = await claimBlock(block)
    if (!claim) continue
    const next = new Map<number, number>()
    return {
      apiServer: async context => ({host: `127.${block}.${context}.1`, port: 0}),
      async pod(context, port) {
        const last = next.get(context) ?? 10
        next.set(context, last + 1)
        return {host: `127.${block}.${context}.${last}`, port}
      },
      release: () => void claim.close(),
    }
  }
  return onePortEach()
}

/** Holding port 9090 of the block's first address is the claim on all of it; it fails too where something has 9090 on every address. */
async function claimBlock(block: number): Promise<Server | null> {
  const server = createServer()
  server.unref()
  server.listen(9090, `127.${block}.0.1`)
  return once(server, 'listening').then(
    () => server,
    () => null,
  )
}

function onePortEach(): AddressBook {
  return {
    apiServer: async () => ({host: '127.0.0.1', port: await freePort()}),
    pod: async () => ({host: '127.0.0.1', port: await freePort()}),
    release: () => undefined,
  }
}

/** Nobody listens on it at the moment. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer()
  server.listen(0, host)
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
