import {describe, expect, it} from 'vitest'
import type {ApiServerConnection} from '../../src/collect/api-server/api-server.ts'
import {shareRequests} from '../../src/collect/request-share.ts'

/** An API server that notes how many requests it is given at a time, and work on it that ends when told. */
function asking(share: ReturnType<typeof shareRequests>) {
  const given: number[] = []
  const api = {setRequestsAtOnce: (most: number) => void given.push(most)} as unknown as ApiServerConnection
  let end = () => {}
  const done = share(api, () => new Promise<void>(resolve => (end = resolve)))
  return {
    latest: () => given.at(-1),
    end: () => {
      end()
      return done
    },
  }
}

describe('requests', () => {
  it('are four at a time for each of eight API servers, three for each of nine', () => {
    const share = shareRequests()
    const servers = Array.from({length: 8}, () => asking(share))
    expect(servers.map(({latest}) => latest())).toEqual(servers.map(() => 4))
    servers.push(asking(share))
    expect(servers.map(({latest}) => latest())).toEqual(servers.map(() => 3))
  })
  it('are one at a time for each of hundreds, and more for those that are left', async () => {
    const share = shareRequests()
    const servers = Array.from({length: 200}, () => asking(share))
    expect(new Set(servers.map(({latest}) => latest()))).toEqual(new Set([1]))
    const [left, ...others] = servers
    await Promise.all(others.map(({end}) => end()))
    expect(left?.latest()).toBe(4)
  })
  it('of work that fails are free again', async () => {
    const share = shareRequests()
    const servers = Array.from({length: 9}, () => asking(share))
    const api = {setRequestsAtOnce: () => undefined} as unknown as ApiServerConnection
    await expect(share(api, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await servers[0]?.end()
    expect(servers[1]?.latest()).toBe(4)
  })
})
