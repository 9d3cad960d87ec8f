import {chmod, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {runExecPlugin} from '../../../src/collect/kubeconfig/exec-plugin.ts'
import type {KubeconfigCluster, KubeconfigUser} from '../../../src/collect/kubeconfig/kubeconfig.ts'
import {withTemporaryDirectory} from '../stand-in.ts'

const cluster: KubeconfigCluster = {name: 'c', server: 'https://c.example', skipTLSVerify: false, caData: 'Q0E='}

/** A plug-in as a shell script beside its kubeconfig; it counts its runs in the file `runs`. */
async function withPlugin<T>(
  script: string,
  work: (user: KubeconfigUser, runs: () => Promise<number>, directory: string) => Promise<T>,
  exec: object = {},
): Promise<T> {
  return withTemporaryDirectory(async directory => {
    await writeFile(join(directory, 'plugin'), `#!/bin/sh\necho run >> "${directory}/runs"\n${script}\n`)
    await chmod(join(directory, 'plugin'), 0o755)
    const user: KubeconfigUser = {
      name: 'me',
      exec: {apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', ...exec},
      tokenFile: null,
      directory,
      impersonate: {user: null, uid: null, groups: [], extra: {}},
    }
    const runs = async () => (await readFile(join(directory, 'runs'), 'utf8')).trim().split('\n').length
    return work(user, runs, directory)
  })
}

const failureMessage = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it worked',
    error => (error as Error).message,
  )

const printing = (status: object) => `echo '${JSON.stringify({kind: 'ExecCredential', status})}'`

describe('runExecPlugin', () => {
  it('runs a plug-in once for all contexts of a user, also when they ask at the same time', () =>
    withPlugin(printing({token: 'abc'}), async (user, runs) => {
      const all = await Promise.all(Array.from({length: 5}, () => runExecPlugin(user, cluster, null)))
      expect(all.every(credential => credential.token === 'abc')).toBe(true)
      expect(await runs()).toBe(1)
    }))

  it('runs it again when what it gave was rejected, and once for all that were', () =>
    withPlugin(printing({token: 'abc'}), async (user, runs) => {
      const first = await runExecPlugin(user, cluster, null)
      const [second, third] = await Promise.all([
        runExecPlugin(user, cluster, first),
        runExecPlugin(user, cluster, first),
      ])
      expect(second).toBe(third)
      expect(await runs()).toBe(2)
    }))

  it('runs it again when the credential has expired', () =>
    withPlugin(printing({token: 'abc', expirationTimestamp: '2020-01-01T00:00:00Z'}), async (user, runs) => {
      await runExecPlugin(user, cluster, null)
      await runExecPlugin(user, cluster, null)
      expect(await runs()).toBe(2)
    }))

  it('tells it that nobody is at a terminal, and about the cluster when asked to', () =>
    withPlugin(
      'printf %s "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"; test "$MODE" = quiet && read line; echo "{\\"status\\":{\\"token\\":\\"$MODE\\"}}"',
      async (user, _runs, directory) => {
        expect((await runExecPlugin(user, cluster, null)).token).toBe('quiet')
        expect(JSON.parse(await readFile(join(directory, 'info'), 'utf8'))).toEqual({
          apiVersion: 'client.authentication.k8s.io/v1',
          kind: 'ExecCredential',
          spec: {interactive: false, cluster: {server: 'https://c.example', 'certificate-authority-data': 'Q0E='}},
        })
      },
      {env: [{name: 'MODE', value: 'quiet'}], provideClusterInfo: true},
    ))

  it('gives client certificates', () =>
    withPlugin(printing({clientCertificateData: 'CERT', clientKeyData: 'KEY'}), async user => {
      expect(await runExecPlugin(user, cluster, null)).toMatchObject({
        token: null,
        clientCertificate: 'CERT',
        clientKey: 'KEY',
      })
    }))

  it('ends one that does not end', () =>
    withPlugin('exec sleep 60', async user => {
      await expect(runExecPlugin(user, cluster, null, {timeoutSeconds: 0.3})).rejects.toThrow(
        /did not end within 0.3 s/,
      )
    }))

  it('ends at its time also when something that it started does not', () =>
    withPlugin('sleep 60', async user => {
      const startedAt = performance.now()
      await expect(runExecPlugin(user, cluster, null, {timeoutSeconds: 0.3})).rejects.toThrow(
        /did not end within 0.3 s/,
      )
      expect(performance.now() - startedAt).toBeLessThan(5000)
    }))

  it('says what a failing one said: bounded, without secrets and escape sequences, and runs it once for all contexts', () =>
    withPlugin(
      `printf '\\033[31mError: refused by https://me:hunter2@login.example\\033[0m %05000d' 0 >&2; exit 3`,
      async (user, runs) => {
        const failed = () => failureMessage(runExecPlugin(user, cluster, null))
        const message = await failed()
        expect(message).toMatch(/^credential plug-in "\.\/plugin" ended with exit code 3: Error: refused by https:/)
        expect(message).not.toContain('hunter2')
        expect(message).not.toContain('\u001b')
        expect(message.length).toBeLessThan(400)
        expect(await failed()).toBe(message)
        expect(await runs()).toBe(1)
      },
    ))

  it('does not repeat junk, which may be a credential', () =>
    withPlugin('echo s3cr3t', async user => {
      const message = await failureMessage(runExecPlugin(user, cluster, null))
      expect(message).toMatch(/not an ExecCredential/)
      expect(message).not.toContain('s3cr3t')
    }))

  it.each([
    ['{"status":{}}', /without token and client certificate/],
    ['null', /without token/],
  ])('refuses %s', (printed, expected) =>
    withPlugin(`echo '${printed}'`, async user => {
      await expect(runExecPlugin(user, cluster, null)).rejects.toThrow(expected)
    }),
  )

  it('says that one is missing, with the hint of the kubeconfig', () =>
    withPlugin(
      '',
      async user => {
        await expect(runExecPlugin(user, cluster, null)).rejects.toThrow(
          /credential plug-in "no-such-plugin-here" was not found: get it at example\.com/,
        )
      },
      {command: 'no-such-plugin-here', installHint: 'get it at example.com'},
    ))

  it('does not start one that always wants a terminal', () =>
    withPlugin(
      printing({token: 'abc'}),
      async user => {
        await expect(runExecPlugin(user, cluster, null)).rejects.toThrow(/wants a terminal/)
      },
      {interactiveMode: 'Always'},
    ))
})
