/** How many requests each API server gets at a time, when many are asked. */
import {type ApiServerConnection, REQUESTS_AT_ONCE} from './api-server/api-server.ts'

/** In all: what one process can answer. More of them open more connections, and each costs a TLS handshake and its memory. */
const REQUESTS_OF_ALL = 32

/** Runs the work that asks an API server. */
export type RequestShare = <T>(api: ApiServerConnection, work: () => Promise<T>) => Promise<T>

/** The fewer API servers are being asked, the more requests each gets: one where there are 200, as many as ever where one is left. */
export function shareRequests(): RequestShare {
  const asked = new Set<ApiServerConnection>()
  let each = REQUESTS_AT_ONCE
  const shareAnew = () => {
    const share = Math.max(1, Math.min(REQUESTS_AT_ONCE, Math.floor(REQUESTS_OF_ALL / Math.max(1, asked.size))))
    if (share === each) return
    each = share
    for (const api of asked) api.setRequestsAtOnce(each)
  }
  return async (api, work) => {
    asked.add(api)
    shareAnew()
    api.setRequestsAtOnce(each)
    try {
      return await work()
    } finally {
      asked.delete(api)
      shareAnew()
    }
  }
}
