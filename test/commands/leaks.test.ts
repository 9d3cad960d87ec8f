/** Secrets and escape sequences planted in every place that promfleet reads must not come out of any command. */
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import Capture from '../../commands/capture.ts'
import Doctor from '../../commands/doctor.ts'
import Labels from '../../commands/labels.ts'
import Lag from '../../commands/lag.ts'
import Logs from '../../commands/logs.ts'
import Probe from '../../commands/probe.ts'
import {agentPod, data, type FakeCluster, healthyAgent, startFakeCluster, text} from '../collect/fake-cluster.ts'
import {startStandIn} from '../collect/stand-in.ts'
import {UNSAFE} from '../fuzz.ts'
import {type CommandRun, runCommand} from './run-command.ts'

let cluster: FakeCluster
let directory: string
beforeEach(async () => {
  cluster = await startFakeCluster()
  directory = mkdtempSync(join(tmpdir(), 'promfleet-leaks-'))
})
afterEach(async () => {
  await cluster.close()
  rmSync(directory, {recursive: true})
})

/** Told apart by their numbers, so that a failure says which place leaks. */
const planted = new Set<string>()
function secret(place: string): string {
  const value = `Zq7${place}Xk9`
  planted.add(value)
  planted.add(Buffer.from(`agent:${value}`).toString('base64'))
  return value
}
function leaksIn(output: string): string[] {
  return [...planted].filter(value => output.includes(value) || output.includes(Buffer.from(value).toString('base64')))
}

function write(name: string, content: string, mode = 0o600): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

function kubeconfig(user: object, change: {server?: string; cluster?: object; context?: string} = {}): string {
  const context = change.context ?? 'cluster2'
  return write(
    'kubeconfig',
    JSON.stringify({
      clusters: [{name: 'c', cluster: {server: change.server ?? cluster.server, ...change.cluster}}],
      users: [{name: 'viewer', user}],
      contexts: [{name: context, context: {cluster: 'c', user: 'viewer'}}],
      'current-context': context,
    }),
  )
}

/** Every command in every form, live and of the bundle that capture wrote; by the words that were typed. */
async function runEverything(
  config: string,
  scope: string[] = [],
  web: string[] = [],
): Promise<[string, CommandRun][]> {
  const file = join(directory, 'fleet.json.gz')
  rmSync(file, {force: true})
  const live = ['--kubeconfig', config, '--timeout', '8', ...scope]
  const looked = [...live, '--transport', 'proxy', ...web]
  const doctor = [...looked, '--interval', '0']
  const commands: [{name: string; run(args: string[], options: {root: string}): Promise<unknown>}, string[]][] = [
    ...[['-v'], ['-o', 'wide'], ['-o', 'json'], ['-q']].map(
      form => [Doctor, [...doctor, ...form]] as [typeof Doctor, string[]],
    ),
    ...[['-v'], ['-o', 'wide'], ['-o', 'json'], ['-q']].map(
      form => [Lag, [...doctor, ...form]] as [typeof Lag, string[]],
    ),
    ...[['-v'], ['-o', 'json']].map(form => [Labels, [...looked, ...form]] as [typeof Labels, string[]]),
    ...[['-v'], ['-o', 'json']].map(
      form => [Probe, [...looked, '--interval', '0', '--no-from-here', ...form]] as [typeof Probe, string[]],
    ),
    [Capture, [...doctor, '--output-file', file, '--force']],
    ...[['-v'], ['-o', 'json'], ['--raw'], ['--previous', '-v'], ['--previous', '--raw']].map(
      form => [Logs, [...live, ...form]] as [typeof Logs, string[]],
    ),
    ...[['-v'], ['-o', 'json']].map(form => [Doctor, ['--from', file, ...form]] as [typeof Doctor, string[]]),
    ...[['-v'], ['-o', 'json']].map(form => [Labels, ['--from', file, ...form]] as [typeof Labels, string[]]),
    ...[['-v'], ['-o', 'wide'], ['-o', 'json']].map(form => [Lag, ['--from', file, ...form]] as [typeof Lag, string[]]),
    ...[['-v'], ['-o', 'json'], ['--raw']].map(form => [Logs, ['--from', file, ...form]] as [typeof Logs, string[]]),
  ]
  const runs: [string, CommandRun][] = []
  for (const [command, args] of commands)
    runs.push([[command.name.toLowerCase(), ...args].join(' '), await runCommand(command, args)])
  return runs
}

function expectNoLeak(runs: [string, CommandRun][]): void {
  for (const [typed, {stdout, stderr, error}] of runs) {
    for (const [where, output] of Object.entries({stdout, stderr, error: error ?? ''})) {
      expect({typed, where, leaks: leaksIn(output)}).toEqual({typed, where, leaks: []})
    }
  }
  for (const name of readdirSync(directory).filter(each => each.endsWith('.gz'))) {
    expect({name, leaks: leaksIn(gunzipSync(readFileSync(join(directory, name))).toString())}).toEqual({
      name,
      leaks: [],
    })
  }
}

const quoted = (value: string) => value.replaceAll('"', '\\"')

/** An agent with a secret in each place that it, its pod and its log have. */
function plantAgent(): void {
  const url = `http://agent:${secret('UrlPassword')}@central:9090/api/v1/write?token=${secret('UrlToken')}`
  cluster.pods.push(
    agentPod('agent-0', {
      args: [
        '--agent',
        `--web.password=${secret('ArgValue')}`,
        '--token',
        secret('ArgNext'),
        `--header=Authorization: Bearer ${secret('ArgBearer')}`,
      ],
      labels: {'app.kubernetes.io/name': 'prometheus-agent'},
      spec: {
        containers: [
          {
            name: 'prometheus',
            image: `registry.example/prometheus:v3.5.0`,
            command: ['sh', '-c', `curl -u agent:${secret('Shell')} http://x; exec prometheus --agent`],
            env: [{name: 'REMOTE_PASSWORD', value: secret('Env')}],
          },
          {
            name: 'side',
            image: 'busybox',
            args: ['--api-key', secret('SideArg')],
            env: [{name: 'A', value: secret('SideEnv')}],
          },
        ],
      },
      status: {
        message: `pulling https://agent:${secret('PodMessage')}@registry failed`,
        containerStatuses: [
          {
            name: 'prometheus',
            restartCount: 2,
            state: {running: {startedAt: '2026-11-23T00:00:01Z'}},
            lastState: {terminated: {reason: 'Error', exitCode: 1, message: `panic: password=${secret('Terminated')}`}},
          },
        ],
      },
    }),
  )
  cluster.agents.set(
    'agent-0',
    healthyAgent({
      '/-/ready': text(`Ready. Authorization: Bearer ${secret('Ready')}\n`),
      '/metrics': text(
        [
          '# TYPE prometheus_build_info gauge',
          'prometheus_build_info{version="3.5.0"} 1',
          '# TYPE prometheus_remote_storage_samples_total counter',
          `prometheus_remote_storage_samples_total{remote_name="central",url="${url}"} 10`,
          `prometheus_remote_storage_samples_pending{remote_name="central",url="${url}"} 7`,
          `prometheus_remote_storage_samples_failed_total{remote_name="central",url="${url}"} 7`,
          '',
        ].join('\n'),
      ),
      '/api/v1/status/config': data({
        yaml: [
          'remote_write:',
          `- url: ${url}`,
          '  name: central',
          '  headers:',
          `    X-Api-Key: ${secret('Header')}`,
          `    Authorization: Basic ${Buffer.from(`agent:${secret('HeaderBasic')}`).toString('base64')}`,
          '  basic_auth:',
          '    username: agent',
          `    password: ${secret('BasicAuth')}`,
          '  authorization:',
          `    credentials: ${secret('Credentials')}`,
          '  oauth2:',
          '    client_id: agent',
          `    client_secret: ${secret('ClientSecret')}`,
          '    endpoint_params:',
          `      client_assertion: ${secret('Assertion')}`,
          `  bearer_token: ${secret('BearerToken')}`,
          '  tls_config:',
          '    key: |',
          '      -----BEGIN PRIVATE KEY-----',
          `      ${secret('TlsKey')}`,
          '      -----END PRIVATE KEY-----',
          `  proxy_url: http://agent:${secret('ProxyUrl')}@proxy:3128`,
          '  sigv4:',
          `    secret_key: ${secret('SigV4')}`,
          'scrape_configs:',
          '- job_name: a',
          '  params:',
          `    token: [${secret('Params')}]`,
          '  consul_sd_configs:',
          `  - token: ${secret('Consul')}`,
          '',
        ].join('\n'),
      }),
      '/api/v1/status/flags': data({
        agent: 'true',
        'web.external-url': `http://agent:${secret('FlagUrl')}@h/`,
        'web.token': secret('Flag'),
      }),
      '/api/v1/status/runtimeinfo': data({CWD: `/x?token=${secret('Cwd')}`, password: secret('Runtime')}),
      '/api/v1/targets': data({
        activeTargets: [
          {
            scrapePool: 'p',
            scrapeUrl: `http://agent:${secret('TargetUrl')}@t/metrics?api_key=${secret('TargetQuery')}`,
            health: 'down',
            lastError: `Get "http://agent:${secret('TargetError')}@t/metrics": Authorization: Bearer ${secret('TargetBearer')}`,
            labels: {
              ...{job: 'p', instance: `https://agent:${secret('TargetInstance')}@t`},
              ...{api_token: secret('TargetLabel'), note: `password=${secret('TargetNote')}`},
            },
          },
        ],
      }),
      '/api/v1/targets/metadata': data([
        {
          target: {job: 'p', instance: 't'},
          metric: `password=${secret('MetricName')}`,
          type: 'gauge',
          help: secret('Help'),
        },
      ]),
    }),
  )
  const post = `Post "${url}": dial tcp: connection refused`
  const log = (when: string) =>
    text(
      [
        `ts=2026-11-23T02:00:00Z caller=dedupe.go:112 component=remote level=warn remote_name=central url=${url} msg="Failed to send batch, retrying" err="${quoted(post)}"`,
        `time=2026-11-23T02:00:01Z level=ERROR msg="non-recoverable error" remote_name=central url=${url} err="server returned HTTP status 401 Unauthorized: Authorization: Bearer ${secret(`${when}Bearer`)} is not known"`,
        JSON.stringify({
          time: '2026-11-23T02:00:02Z',
          level: 'ERROR',
          msg: 'x',
          password: secret(`${when}Json`),
          err: post,
        }),
        JSON.stringify({time: '2026-11-23T02:00:03Z', level: 'ERROR', msg: `{"api_key":"${secret(`${when}Nested`)}"}`}),
        `time=2026-11-23T02:00:04Z level=ERROR msg="body was client_secret=${secret(`${when}Form`)}&grant_type=x"`,
        `panic: http://agent:${secret(`${when}Panic`)}@c/w X-Api-Key: ${secret(`${when}PanicKey`)}`,
        `-----BEGIN RSA PRIVATE KEY-----${secret(`${when}Pem`)}-----END RSA PRIVATE KEY-----`,
        `Proxy-Authorization: Basic ${Buffer.from(`agent:${secret(`${when}Proxy`)}`).toString('base64')}`,
        '',
      ].join('\n'),
    )
  const [now, before] = [log('Log'), log('Previous')]
  cluster.logs.set('agent-0', (request, response, url_) =>
    (url_.searchParams.has('previous') ? before : now)(request, response, url_),
  )
  cluster.override.set(
    '/api/v1/namespaces/monitoring/events',
    text(
      JSON.stringify({
        items: [
          {
            type: 'Warning',
            reason: 'Failed',
            message: `Failed to pull from https://agent:${secret('EventUrl')}@r/ with password=${secret('Event')}`,
            involvedObject: {kind: 'Pod', name: 'agent-0', uid: 'uid-agent-0'},
          },
        ],
      }),
      200,
      'application/json',
    ),
  )
}

/** As debug handlers, proxies and authentication webhooks do: the request comes back in the answer, in words of their own. */
function echo(status: number, type = 'text/plain') {
  return (request: IncomingMessage, response: ServerResponse) => {
    const {authorization = ''} = request.headers
    const bare = authorization.replace(/^\S+ /, '')
    const decoded = authorization.startsWith('Basic') ? Buffer.from(bare, 'base64').toString() : bare
    const said = `no: ${request.method} ${request.url} with ${authorization}, that is ${bare} or ${decoded}, was refused`
    response.writeHead(status, {'content-type': type})
    response.end(
      type === 'application/json'
        ? JSON.stringify({kind: 'Status', status: 'Failure', message: said, code: status})
        : said,
    )
  }
}

const plugin = (script: string) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: write('plugin', `#!/bin/sh\n${script}\n`, 0o700),
    interactiveMode: 'Never',
  },
})
const execCredential = (token: string) =>
  `echo '${JSON.stringify({apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: {token}})}'`

const webFlags = () => ['--web-user', 'agent', '--web-password-file', write('web-password', secret('WebPassword'))]

const users: Record<string, () => object> = {
  'a token': () => ({token: secret('KubeToken')}),
  'a token file': () => ({tokenFile: write('token', secret('KubeTokenFile'))}),
  'basic auth': () => ({username: 'agent', password: secret('KubePassword')}),
  'a plug-in': () => plugin(`echo ${secret('PluginNoise')} >&2; ${execCredential(secret('PluginToken'))}`),
}

describe('planted secrets come out of no command', () => {
  it.each(Object.keys(users))('of an agent full of them, seen with %s', async kind => {
    plantAgent()
    const runs = await runEverything(kubeconfig(users[kind]!()), [], webFlags())
    expectNoLeak(runs)
    for (const [typed, {stdout, error}] of runs)
      expect({typed, error, isEmpty: stdout === ''}).toEqual({typed, error: null, isEmpty: false})
    expect(runs.map(([, {stdout}]) => stdout).join('')).toContain('non-recoverable error')
  })

  it.each(
    Object.keys(users).flatMap(
      kind =>
        [
          [kind, 401],
          [kind, 403],
          [kind, 500],
        ] as const,
    ),
  )('when the API server sends back %s with a %i', async (kind, status) => {
    cluster.override.set('/version', echo(status, 'application/json'))
    cluster.override.set('/api/v1/pods', echo(status))
    expectNoLeak(await runEverything(kubeconfig(users[kind]!())))
  })

  it.each([401, 500, 200])('when every path of an agent and its log send the request back with a %i', async status => {
    plantAgent()
    for (const path of cluster.agents.get('agent-0')!.keys()) cluster.agents.get('agent-0')!.set(path, echo(status))
    cluster.logs.set('agent-0', echo(status))
    cluster.override.set('/api/v1/namespaces/monitoring/events', echo(status))
    expectNoLeak(await runEverything(kubeconfig(users['a token']!()), [], webFlags()))
  })

  it('when a plug-in fails, prints something else, or prints its credential badly', async () => {
    for (const script of [
      `echo 'cannot log in with password=${secret('PluginStderr')}' >&2; exit 1`,
      `echo 'Authorization: Bearer ${secret('PluginBearer')}' >&2; exit 1`,
      `echo '{"status":{"token":"${secret('PluginCut')}"'`,
      `${execCredential(`${secret('PluginBreak')}\\nsecond`)}`,
      `${execCredential(secret('PluginThenFails'))}; exit 3`,
    ]) {
      expectNoLeak(await runEverything(kubeconfig(plugin(script))))
    }
  })

  it('when the kubeconfig cannot be used', async () => {
    const token = () => ({token: secret('BadConfigToken')})
    const configs = [
      () => kubeconfig(token(), {server: `http://agent:${secret('ServerUrl')}@127.0.0.1:1`}),
      () => kubeconfig(token(), {server: `agent:${secret('ServerNoUrl')}@central`}),
      () => kubeconfig(token(), {server: `https://agent:${secret('ServerBadPort')}@central:99999`}),
      () => kubeconfig(token(), {cluster: {'proxy-url': `http://agent:${secret('KubeProxy')}@127.0.0.1:1`}}),
      () => kubeconfig(token(), {cluster: {'proxy-url': `agent:${secret('KubeProxyNoUrl')}`}}),
      () => kubeconfig({token: `${secret('LineBreak')}\nX: y`}),
      () =>
        kubeconfig({
          'client-certificate-data': 'AAAA',
          'client-key-data': Buffer.from(secret('KeyData')).toString('base64'),
        }),
      () => kubeconfig({username: 'agent', password: [secret('PasswordList')]}),
      () => kubeconfig({token: {a: secret('TokenObject')}}),
      () =>
        kubeconfig({
          'auth-provider': {name: 'oidc', config: {'refresh-token': secret('Refresh'), 'id-token': secret('IdToken')}},
        }),
      () =>
        write(
          'kubeconfig',
          `users:\n- name: a\n  user:\n    token: "${secret('Yaml')}\n    password: [${secret('YamlList')}\n`,
        ),
      () => write('kubeconfig', `users:\n- name: a\n  user: {token: ${secret('YamlFlow')}: b}\n  tokenFile: &a *b\n`),
      () => write('kubeconfig', `{"users":[{"name":"a","user":{"token":"${secret('Json')}"`),
      () => write('kubeconfig', `token: ${secret('YamlTwice')}\ntoken: ${secret('YamlAgain')}\n`),
      () => write('kubeconfig', secret('NoKubeconfig')),
    ]
    for (const config of configs) expectNoLeak(await runEverything(config()))
  })

  it('when TLS fails', async () => {
    const standIn = await startStandIn()
    try {
      expectNoLeak(
        await runEverything(
          kubeconfig({token: secret('TlsToken')}, {server: standIn.url.replace('//', `//agent:${secret('TlsUrl')}@`)}),
        ),
      )
      expectNoLeak(
        await runEverything(
          kubeconfig({token: secret('PlainToken')}, {server: cluster.server.replace('http:', 'https:')}),
        ),
      )
    } finally {
      await standIn.close()
    }
  })
})

describe('no escape sequence reaches the terminal', () => {
  const nasty =
    '\u001b[31mred\u001b]0;title\u0007\u001b[2J\u009b1A\u009d0;x\u009c\u202eright\u2066to\u200eleft\u0000\u0008\u007f\ufeff\r\nsecond'
  const hostile = (name: string) => `${name}${nasty}`

  function plantEscapes(): void {
    cluster.override.set('/version', text(JSON.stringify({gitVersion: hostile('v1.33')}), 200, 'application/json'))
    for (const name of ['agent-0', hostile('agent-1')]) {
      cluster.pods.push(
        agentPod(name, {
          args: ['--agent', hostile('--storage.agent.path=/')],
          labels: {[hostile('key')]: hostile('value'), 'app.kubernetes.io/name': hostile('prometheus-agent')},
          image: hostile('quay.io/prometheus/prometheus:v3.5.0'),
          owner: {kind: 'StatefulSet', name: hostile('owner'), controller: true},
          spec: {
            nodeName: hostile('node'),
            volumes: [{name: hostile('db'), persistentVolumeClaim: {claimName: hostile('claim')}}],
          },
          status: {
            phase: hostile('Running'),
            reason: hostile('Evicted'),
            message: hostile('low'),
            conditions: [{type: hostile('Ready'), status: 'False', reason: hostile('No'), message: hostile('why')}],
            containerStatuses: [
              {
                name: 'prometheus',
                restartCount: 3,
                state: {running: {startedAt: '2026-11-23T00:00:01Z'}},
                lastState: {terminated: {reason: hostile('Error'), exitCode: 2, message: hostile('panic')}},
              },
            ],
          },
        }),
      )
      const label = hostile('central').replaceAll('\n', '\\n').replaceAll('\r', '')
      cluster.agents.set(
        name,
        healthyAgent({
          '/-/ready': text(hostile('Ready'), 503),
          '/metrics': text(
            `# TYPE prometheus_build_info gauge\nprometheus_build_info{version="${label}"} 1\nprometheus_remote_storage_samples_total{remote_name="${label}",url="http://${label}/w"} 0\nprometheus_remote_storage_samples_pending{remote_name="${label}",url="http://${label}/w"} 9\n`,
          ),
          '/api/v1/status/config': data({
            yaml: `global:\n  external_labels:\n    cluster: ${JSON.stringify(hostile('c'))}\n    ${JSON.stringify(hostile('k'))}: b\nremote_write:\n- url: ${JSON.stringify(`http://${hostile('h')}/w`)}\n  name: ${JSON.stringify(hostile('n'))}\nscrape_configs:\n- job_name: ${JSON.stringify(hostile('job'))}\n`,
          }),
          '/api/v1/status/flags': data({agent: 'true', [hostile('flag')]: hostile('value')}),
          '/api/v1/status/buildinfo': data({version: hostile('3.5.0'), revision: hostile('r')}),
          '/api/v1/targets': data({
            activeTargets: [
              {
                scrapePool: hostile('pool'),
                scrapeUrl: hostile('http://t'),
                health: 'down',
                lastError: hostile('refused'),
                labels: {
                  job: hostile('job'),
                  instance: hostile('i'),
                  cluster: hostile('c'),
                  [hostile('n')]: hostile('v'),
                },
              },
            ],
          }),
          '/api/v1/targets/metadata': data([
            {target: {job: hostile('job'), instance: 'i'}, metric: hostile('metric'), type: hostile('gauge'), help: ''},
          ]),
        }),
      )
      cluster.logs.set(
        name,
        text(
          [
            `ts=2026-11-23T02:00:00Z level=error component=remote remote_name=${JSON.stringify(hostile('q'))} msg="non-recoverable error" err=${JSON.stringify(hostile('boom'))}`,
            `time=2026-11-23T02:00:01Z level=ERROR msg="${nasty.replaceAll('\r\n', '')}" err="\\u001b[2J\\u009b1A\\x1b[31m\\u202e"`,
            JSON.stringify({time: '2026-11-23T02:00:02Z', level: 'ERROR', msg: hostile('x'), err: hostile('y')}),
            hostile('panic: '),
            '',
          ].join('\n'),
        ),
      )
    }
    cluster.override.set(
      '/api/v1/namespaces/monitoring/events',
      text(
        JSON.stringify({
          items: ['uid-agent-0', `uid-${hostile('agent-1')}`].map(uid => ({
            type: 'Warning',
            reason: hostile('Failed'),
            message: hostile('pulling'),
            involvedObject: {kind: 'Pod', uid},
          })),
        }),
        200,
        'application/json',
      ),
    )
  }

  function expectClean(runs: [string, CommandRun][]): void {
    for (const [typed, {stdout, stderr, error}] of runs) {
      expect({
        typed,
        stdout: UNSAFE.exec(stdout),
        stderr: UNSAFE.exec(stderr),
        error: UNSAFE.exec(error ?? ''),
      }).toEqual({typed, stdout: null, stderr: null, error: null})
    }
  }

  it('from pods, metrics, configurations, targets, logs, events and versions', async () => {
    plantEscapes()
    const runs = await runEverything(kubeconfig({token: 'a-token'}))
    expectClean(runs)
    for (const [typed, {stdout, error}] of runs)
      expect({typed, error, isEmpty: stdout === ''}).toEqual({typed, error: null, isEmpty: false})
    expect(runs.map(([, {stdout}]) => stdout).join('')).toContain('boom')
  })

  it('from names in the kubeconfig, and names that were typed', async () => {
    plantEscapes()
    expectClean(await runEverything(kubeconfig({token: 'a-token'}, {context: hostile('context')})))
    expectClean(
      await runEverything(kubeconfig({token: 'a-token'}, {context: hostile('context'), server: hostile('http://x')})),
    )
    expectClean(await runEverything(kubeconfig(plugin(`printf '\\033[31mno\\033]0;x\\007\\n' >&2; exit 1`))))
    expectClean(await runEverything(kubeconfig({token: 'a-token'}), ['--agent', hostile('agent')]))
    expectClean(await runEverything(kubeconfig({token: 'a-token'}), ['--context', hostile('context')]))
  })

  it.each([401, 403, 500])('from a refusal with a %i', async status => {
    const said = (type: string) =>
      text(
        type === 'text/html'
          ? `<html>${nasty}`
          : JSON.stringify({kind: 'Status', message: hostile('no'), code: status}),
        status,
        type,
      )
    for (const type of ['application/json', 'text/html']) {
      cluster.override.set('/version', said(type))
      expectClean(await runEverything(kubeconfig({token: 'a-token'})))
      cluster.override.delete('/version')
      cluster.override.set('/api/v1/pods', said(type))
      expectClean(await runEverything(kubeconfig({token: 'a-token'})))
    }
  })
})
