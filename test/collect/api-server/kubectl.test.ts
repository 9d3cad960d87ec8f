import {chmod, readFile, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {afterEach, describe, expect, it, vi} from 'vitest'
import {connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import {readRefusal} from '../../../src/collect/api-server/kubectl.ts'
import {connectAgent} from '../../../src/collect/transport/transport.ts'
import {asMyself, contextOf, requestOptions, type StandIn, startStandIn, withTemporaryDirectory} from '../stand-in.ts'

afterEach(() => vi.unstubAllEnvs())

/** A kubectl that runs the script and writes down its arguments; real ones were tried against real clusters by hand. */
async function withKubectl<T>(
  script: string,
  work: (standIn: StandIn, args: () => Promise<string[]>) => Promise<T>,
): Promise<T> {
  const standIn = await startStandIn()
  try {
    return await withTemporaryDirectory(async directory => {
      await writeFile(
        join(directory, 'kubectl'),
        `#!/bin/sh\nprintf '%s\\n' "$@" > "${directory}/arguments"\n${script}\n`,
      )
      await chmod(join(directory, 'kubectl'), 0o755)
      vi.stubEnv('PATH', `${directory}${delimiter}${process.env.PATH}`)
      return work(standIn, async () => (await readFile(join(directory, 'arguments'), 'utf8')).trim().split('\n'))
    })
  } finally {
    await standIn.close()
  }
}

const byKubectl = {impersonate: {user: 'jane', groups: ['ops', 'dev']}, transport: 'kubectl' as const}
const address = {namespace: 'a', pod: 'p', container: 'c', port: 9090, scheme: 'http', credentials: null} as const

describe('kubectl', () => {
  it('makes every request when it is asked for, with kubeconfig, context and impersonation', () =>
    withKubectl(`echo '{"gitVersion":"v1.32.0"}'`, async (standIn, args) => {
      const context = await contextOf(standIn)
      const api = connectApiServer(context, byKubectl)
      expect(await api.getJson('/version', requestOptions())).toMatchObject({value: {gitVersion: 'v1.32.0'}})
      expect((await args()).join(' ')).toBe(
        `--kubeconfig ${context.kubeconfigPath} --context here --as jane --as-group ops --as-group dev get --raw /version`,
      )
      expect(standIn.seen).toEqual([])
    }))

  it('is used by itself for an auth-provider that the client library does not have', () =>
    withKubectl('echo "{}"', async (standIn, args) => {
      const context = await contextOf(standIn, {user: {'auth-provider': {name: 'openstack'}}})
      expect(await connectApiServer(context, asMyself).getJson('/version', requestOptions())).toMatchObject({ok: true})
      expect(await args()).toContain('/version')
      const agent = connectAgent(connectApiServer(context, asMyself), address, 'auto')
      await agent.get('/metrics', requestOptions())
      expect(agent.transport()).toBe('kubectl')
    }))

  it('posts through kubectl create --raw', () =>
    withKubectl('cat', async (standIn, args) => {
      const api = connectApiServer(await contextOf(standIn), byKubectl)
      expect(await api.postJson('/apis/x', {a: 1}, requestOptions())).toMatchObject({value: {a: 1}})
      expect((await args()).slice(-5)).toEqual(['create', '--raw', '/apis/x', '-f', '-'])
    }))

  it.each([
    ['Error from server (Forbidden): pods "p:9090" is forbidden', 'forbidden'],
    ['Error from server (NotFound): pods "p" not found', 'not-found'],
    [
      'Error from server: error trying to reach service: dial tcp 1.2.3.4:9090: connect: connection refused',
      'unreachable',
    ],
    ['Unable to connect to the server: dial tcp: lookup api.example: no such host', 'unreachable'],
  ])('%s', (said, reason) =>
    withKubectl(`echo '${said}' >&2; exit 1`, async standIn => {
      const agent = connectAgent(connectApiServer(await contextOf(standIn), byKubectl), address, 'kubectl')
      expect(await agent.get('/metrics', requestOptions())).toMatchObject({ok: false, reason})
    }),
  )

  it("tells the agent's 401 from the API server's by asking for something else", () =>
    withKubectl(
      'case "$*" in */version) echo "{}";; *) echo "error: You must be logged in to the server (Unauthorized)" >&2; exit 1;; esac',
      async standIn => {
        const api = connectApiServer(await contextOf(standIn), byKubectl)
        expect(await connectAgent(api, address, 'kubectl').get('/', requestOptions())).toMatchObject({
          reason: 'agent-unauthorized',
        })
        expect(await api.getJson('/api/v1/pods', requestOptions())).toMatchObject({reason: 'unauthorized'})
      },
    ))

  it("passes on an agent's own refusal, of which kubectl keeps only the status", () =>
    withKubectl(
      'echo "Error from server (ServiceUnavailable): the server is currently unable to handle the request" >&2; exit 1',
      async standIn => {
        const agent = connectAgent(connectApiServer(await contextOf(standIn), byKubectl), address, 'kubectl')
        expect(await agent.get('/-/ready', requestOptions())).toMatchObject({ok: true, value: {status: 503}})
      },
    ))

  it('is ended when it does not end, and when it prints too much', () =>
    withKubectl('case "$*" in */slow) sleep 60;; *) exec yes;; esac', async standIn => {
      const api = connectApiServer(await contextOf(standIn), byKubectl)
      expect(await api.get('/slow', requestOptions({timeoutSeconds: 0.3}))).toMatchObject({reason: 'timeout'})
      expect(await api.get('/large', requestOptions({maxBytes: 1000}))).toMatchObject({reason: 'malformed'})
      let bytes = 0
      const onChunk = (chunk: Buffer) => {
        bytes += chunk.length
        return bytes > 100_000 ? ('enough' as const) : ('more' as const)
      }
      expect(await api.get('/stream', requestOptions({onChunk}))).toMatchObject({ok: true})
    }))

  it('that is missing is said to be', async () => {
    const standIn = await startStandIn()
    const context = await contextOf(standIn)
    vi.stubEnv('PATH', '/nowhere')
    expect(await connectApiServer(context, byKubectl).getJson('/version', requestOptions())).toMatchObject({
      reason: 'unusable',
      detail: 'kubectl was not found on PATH',
    })
    await standIn.close()
  })
})

describe('readRefusal', () => {
  it.each([
    ['Error from server (NotFound): pods "x" not found', 404, 'pods "x" not found'],
    ['E1123 memcache.go:1 noise\nError from server (Forbidden): no', 403, 'no'],
    ['The request is invalid: : unknown', 422, 'The request is invalid: : unknown'],
    ['error: context "x" does not exist', null, 'error: context "x" does not exist'],
    ['', null, ''],
  ])('%j is status %s', (stderr, status, message) => {
    expect(readRefusal(stderr)).toEqual({status, message})
  })
})
