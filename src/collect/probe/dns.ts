/** Names as this machine resolves them: hosts file, search domains and all, as getaddrinfo does. */
import {lookup} from 'node:dns/promises'
import {isIP} from 'node:net'
import type {ProbeStep} from '../../evidence/probe.ts'
import {ProbeError, tryLayer} from './step.ts'

const MOST_ADDRESSES = 16

export async function resolveHere(host: string, signal: AbortSignal): Promise<ProbeStep<{addresses: string[]}>> {
  if (isIP(host) !== 0) return {ok: true, value: {addresses: [host]}, seconds: 0}
  const tried = await tryLayer(`the name server gave no answer about ${host}`, signal, async () => {
    const found = await lookup(host, {all: true}).catch(error => {
      throw inWords(error, host)
    })
    return {value: {addresses: found.slice(0, MOST_ADDRESSES).map(({address}) => address)}, result: null}
  })
  return tried.step
}

function inWords(error: NodeJS.ErrnoException, host: string): unknown {
  if (error.code === 'ENOTFOUND') return new ProbeError('ENOTFOUND', `${host} does not resolve`)
  if (error.code === 'EAI_AGAIN') return new ProbeError('EAI_AGAIN', `the name server did not answer about ${host}`)
  return error
}
