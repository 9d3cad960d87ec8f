/** Names as this machine resolves them: hosts file, search domains and all, as getaddrinfo does. */
import {lookup, Resolver} from 'node:dns/promises'
import {readFile} from 'node:fs/promises'
import {isIP} from 'node:net'
import type {ProbeStep} from '../../evidence/probe.ts'
import {LAYER_SECONDS, ProbeError, tryLayer} from './step.ts'

const MOST_ADDRESSES = 16
/** Where getaddrinfo asks the very servers that a resolver of Node does; elsewhere each domain may have its own. */
const ASKS_THE_SAME_SERVERS = process.platform === 'linux'

/** `servers`: of the machine when left out; "address:port". */
export async function resolveHere(
  host: string,
  signal: AbortSignal,
  servers: readonly string[] = [],
): Promise<ProbeStep<{addresses: string[]}>> {
  if (isIP(host) !== 0) return {ok: true, value: {addresses: [host]}, seconds: 0}
  const tried = await tryLayer(`the name server gave no answer about ${host}`, signal, async deadline => {
    // Once begun, getaddrinfo cannot be stopped, and holds up the end of the process for as long as it likes.
    if (ASKS_THE_SAME_SERVERS && !(await isInHostsFile(host)) && (await isServerSilent(host, deadline.signal, servers)))
      throw new ProbeError('TIMEOUT', `the name server gave no answer about ${host} within ${LAYER_SECONDS} s`)
    const found = await lookup(host, {all: true}).catch(error => {
      throw inWords(error, host)
    })
    return {value: {addresses: found.slice(0, MOST_ADDRESSES).map(({address}) => address)}, result: null}
  })
  return tried.step
}

/** Any answer will do, that there is no such name, too. */
export async function isServerSilent(host: string, signal: AbortSignal, servers: readonly string[]): Promise<boolean> {
  const resolver = new Resolver({timeout: 1500, tries: 3}) // of each server; the layer's time ends it
  if (servers.length > 0) resolver.setServers(servers)
  const stop = () => resolver.cancel()
  signal.addEventListener('abort', stop, {once: true})
  try {
    await resolver.resolve4(host)
    return false
  } catch (error) {
    return ['ETIMEOUT', 'ECANCELLED'].includes((error as NodeJS.ErrnoException).code ?? '')
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function isInHostsFile(host: string): Promise<boolean> {
  const text = await readFile('/etc/hosts', 'utf8').catch(() => '')
  const names = text.split('\n').flatMap(line => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
  return names.some(name => name.toLowerCase() === host.toLowerCase())
}

function inWords(error: NodeJS.ErrnoException, host: string): unknown {
  if (error.code === 'ENOTFOUND') return new ProbeError('ENOTFOUND', `${host} does not resolve`)
  if (error.code === 'EAI_AGAIN') return new ProbeError('EAI_AGAIN', `the name server did not answer about ${host}`)
  return error
}
