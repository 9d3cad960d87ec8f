/** An API server of each test's own, and connections to it. */
import {afterEach, beforeEach} from 'vitest'
import {type ApiServerConnection, connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import {asMyself, contextOf, type StandIn, startStandIn} from '../stand-in.ts'

export function standInOfEachTest() {
  let standIn: StandIn
  const opened: ApiServerConnection[] = []
  beforeEach(async () => {
    standIn = await startStandIn({requestCert: true, rejectUnauthorized: false})
  })
  afterEach(async () => {
    for (const api of opened.splice(0)) api.close()
    await standIn.close()
  })
  return {
    standIn: () => standIn,
    async connect(parts: Parameters<typeof contextOf>[1] = {}, options = asMyself): Promise<ApiServerConnection> {
      const api = connectApiServer(await contextOf(standIn, parts), options)
      opened.push(api)
      return api
    },
  }
}
