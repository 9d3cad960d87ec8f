import {mkdir, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {stringify} from 'yaml'
import {loadKubeconfig} from '../../../src/collect/kubeconfig/kubeconfig.ts'
import {selectContexts} from '../../../src/collect/kubeconfig/select-contexts.ts'
import {UserError} from '../../../src/errors.ts'
import {withTemporaryDirectory} from '../stand-in.ts'

const aFile = (name: string, rest: object = {}) => ({
  'current-context': name,
  clusters: [{name, cluster: {server: `https://${name}.example:6443/`}}],
  contexts: [{name, context: {cluster: name, user: name, namespace: 'monitoring'}}],
  users: [{name, user: {token: `token-of-${name}`}}],
  ...rest,
})

async function load(
  files: Record<string, object | string>,
  options: {kubeconfig?: string; env?: NodeJS.ProcessEnv} = {},
) {
  return withTemporaryDirectory(async directory => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(directory, name, '..'), {recursive: true})
      await writeFile(join(directory, name), typeof content === 'string' ? content : stringify(content))
    }
    const inside = (text: string) => text.replaceAll('@', `${directory}/`)
    const env = Object.fromEntries(Object.entries(options.env ?? {}).map(([key, value]) => [key, inside(value ?? '')]))
    const kubeconfig = options.kubeconfig === undefined ? null : inside(options.kubeconfig)
    const loaded = await loadKubeconfig(
      {kubeconfig},
      {env, home: directory, serviceAccountDirectory: join(directory, 'service-account')},
    )
    return {...loaded, directory}
  })
}

const list = (...names: string[]) => ({KUBECONFIG: names.map(name => `@${name}`).join(delimiter)})

describe('loadKubeconfig', () => {
  it('reads ~/.kube/config when nothing else is said', async () => {
    const {contexts, currentContext} = await load({'.kube/config': aFile('home')})
    expect(currentContext).toBe('home')
    expect(contexts).toMatchObject([{name: 'home', clusterName: 'home', userName: 'home', namespace: 'monitoring'}])
  })

  it('prefers KUBECONFIG to ~/.kube/config, and --kubeconfig to both', async () => {
    const files = {'.kube/config': aFile('home'), env: aFile('env'), flag: aFile('flag')}
    expect((await load(files, {env: list('env')})).currentContext).toBe('env')
    expect((await load(files, {env: list('env'), kubeconfig: '@flag'})).contexts.map(each => each.name)).toEqual([
      'flag',
    ])
  })

  it('skips missing and empty files of a list and repeated entries of the variable', async () => {
    const {contexts, files} = await load(
      {empty: '  \n', one: aFile('one')},
      {env: list('missing', 'empty', 'one', 'one')},
    )
    expect(contexts.map(context => context.name)).toEqual(['one'])
    expect(files).toHaveLength(1)
  })

  it('lets the first file that names a cluster, user or context win, and the first current-context', async () => {
    const second = aFile('one', {
      'current-context': 'two',
      clusters: [
        {name: 'one', cluster: {server: 'https://other.example'}},
        {name: 'two', cluster: {server: 'https://two.example'}},
      ],
      contexts: [
        {name: 'one', context: {cluster: 'two'}},
        {name: 'two', context: {cluster: 'two', user: 'one'}},
      ],
    })
    const {contexts, currentContext} = await load(
      {a: aFile('one', {'current-context': ''}), b: second},
      {env: list('a', 'b')},
    )
    expect(currentContext).toBe('two')
    expect(contexts).toMatchObject([
      {name: 'one', cluster: {server: 'https://one.example:6443'}, user: {token: 'token-of-one'}},
      {name: 'two', cluster: {server: 'https://two.example'}, user: {token: 'token-of-one'}},
    ])
    expect(contexts[0]?.user).toBe(contexts[1]?.user)
  })

  it('leaves out entries that are not whole and keeps the others', async () => {
    const {contexts} = await load({
      '.kube/config': aFile('good', {contexts: [{name: 'bad'}, {context: {cluster: 'x'}}, ...aFile('good').contexts]}),
    })
    expect(contexts.map(context => context.name)).toEqual(['good'])
  })

  it('keeps relative paths relative to the file that names them', async () => {
    const {contexts, directory} = await load(
      {
        'deep/config': {
          ...aFile('one'),
          clusters: [{name: 'one', cluster: {server: 'https://one', 'certificate-authority': 'ca.crt'}}],
          users: [
            {
              name: 'one',
              user: {tokenFile: '../token', 'client-certificate': 'me.crt', 'token-file': '/does/not/exist'},
            },
          ],
        },
      },
      {env: list('deep/config')},
    )
    expect(contexts[0]?.cluster?.caFile).toBe(join(directory, 'deep/ca.crt'))
    expect(contexts[0]?.user).toMatchObject({
      tokenFile: join(directory, 'token'),
      certFile: join(directory, 'deep/me.crt'),
      directory: join(directory, 'deep'),
    })
  })

  it('reads the impersonation that the client library drops', async () => {
    const user = {
      token: 't',
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['ops', 'dev'],
      'as-user-extra': {reason: ['test']},
    }
    const {contexts} = await load({'.kube/config': aFile('one', {users: [{name: 'one', user}]})})
    expect(contexts[0]?.user?.impersonate).toEqual({
      user: 'jane',
      uid: '7',
      groups: ['ops', 'dev'],
      extra: {reason: ['test']},
    })
  })

  it('says which cluster or user is missing by leaving it null', async () => {
    const {contexts} = await load({'.kube/config': aFile('one', {clusters: [], users: []})})
    expect(contexts).toMatchObject([{clusterName: 'one', userName: 'one', cluster: null, user: null}])
  })

  it('uses the service account of the pod it runs in when there is no kubeconfig', async () => {
    const {contexts, currentContext} = await load(
      {'service-account/namespace': 'monitoring', 'service-account/token': 'abc'},
      {env: {KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443'}},
    )
    expect(currentContext).toBe('in-cluster')
    expect(contexts).toMatchObject([
      {namespace: 'monitoring', inCluster: true, cluster: {server: 'https://[fd00::1]:443'}},
    ])
  })

  it('names the files it looked for when there is none', async () => {
    const error = await load({}, {env: list('a', 'b')}).catch(caught => caught)
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toMatch(/^no kubeconfig found: looked for .*\/a, .*\/b$/)
    expect(error.hint).toContain('--kubeconfig')
  })

  it('refuses a --kubeconfig that does not exist and a file that is not YAML, naming the file', async () => {
    await expect(load({}, {kubeconfig: '@gone'})).rejects.toThrow(/gone does not exist/)
    await expect(load({'.kube/config': 'clusters: [\u001b[31m{'})).rejects.toThrow(/config is not a kubeconfig: /)
    await expect(load({'.kube/config': 'just text'})).rejects.toThrow(UserError)
  })

  it('reads 10,000 contexts in seconds', async () => {
    const names = Array.from({length: 10_000}, (_, index) => `cluster-${index}`)
    const text = `clusters:
${names.map(name => `- {name: ${name}, cluster: {server: "https://${name}"}}`).join('\n')}
users:
${names.map(name => `- {name: ${name}, user: {token: t}}`).join('\n')}
contexts:
${names.map(name => `- {name: ${name}, context: {cluster: ${name}, user: ${name}}}`).join('\n')}
`
    const kubeconfig = await load({'.kube/config': text})
    expect(kubeconfig.contexts).toHaveLength(10_000)
    expect(selectContexts(kubeconfig, {contexts: names, allContexts: false})).toHaveLength(10_000)
    expect(() => selectContexts(kubeconfig, {contexts: ['clutser-77'], allContexts: false})).toThrow(UserError)
  })
})
