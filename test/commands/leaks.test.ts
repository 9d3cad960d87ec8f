/** Secrets planted in every place that promfleet reads must not come out of any command. */
import {readdirSync, readFileSync} from 'node:fs'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {describe, expect, it} from 'vitest'
import {agentPod, data, healthyAgent, text} from '../collect/fake-cluster.ts'
import {startStandIn} from '../collect/stand-in.ts'
import {kubeconfig, placeOfEachTest, plugin, runEverything, write} from './every-command.ts'
import type {CommandRun} from './run-command.ts'

const place = placeOfEachTest()

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

function expectNoLeak(runs: [string, CommandRun][]): void {
  for (const [typed, {stdout, stderr, error}] of runs) {
    for (const [where, output] of Object.entries({stdout, stderr, error: error ?? ''})) {
      expect({typed, where, leaks: leaksIn(output)}).toEqual({typed, where, leaks: []})
    }
  }
  for (const name of readdirSync(place.directory).filter(each => each.endsWith('.gz'))) {
    expect({name, leaks: leaksIn(gunzipSync(readFileSync(join(place.directory, name))).toString())}).toEqual({
      name,
      leaks: [],
    })
  }
}

const quoted = (value: string) => value.replaceAll('"', '\\"')

/** An agent with a secret in each place that it, its pod and its log have. */
function plantAgent(): void {
  const url = `http://agent:${secret('UrlPassword')}@central:9090/api/v1/write?token=${secret('UrlToken')}`
  place.cluster.pods.push(
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
  place.cluster.agents.set(
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
  place.cluster.logs.set('agent-0', (request, response, url_) =>
    (url_.searchParams.has('previous') ? before : now)(request, response, url_),
  )
  place.cluster.override.set(
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

const execCredential = (token: string) =>
  `echo '${JSON.stringify({apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: {token}})}'`

const webFlags = () => [
  '--web-user',
  'agent',
  '--web-password-file',
  write(place, 'web-password', secret('WebPassword')),
]

const users: Record<string, () => object> = {
  'a token': () => ({token: secret('KubeToken')}),
  'a token file': () => ({tokenFile: write(place, 'token', secret('KubeTokenFile'))}),
  'basic auth': () => ({username: 'agent', password: secret('KubePassword')}),
  'a plug-in': () => plugin(place, `echo ${secret('PluginNoise')} >&2; ${execCredential(secret('PluginToken'))}`),
}

describe('planted secrets come out of no command', () => {
  it.each(Object.keys(users))('of an agent full of them, seen with %s', async kind => {
    plantAgent()
    const runs = await runEverything(place, kubeconfig(place, users[kind]!()), [], webFlags())
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
    place.cluster.override.set('/version', echo(status, 'application/json'))
    place.cluster.override.set('/api/v1/pods', echo(status))
    expectNoLeak(await runEverything(place, kubeconfig(place, users[kind]!())))
  })

  it.each([401, 500, 200])('when every path of an agent and its log send the request back with a %i', async status => {
    plantAgent()
    for (const path of place.cluster.agents.get('agent-0')!.keys())
      place.cluster.agents.get('agent-0')!.set(path, echo(status))
    place.cluster.logs.set('agent-0', echo(status))
    place.cluster.override.set('/api/v1/namespaces/monitoring/events', echo(status))
    expectNoLeak(await runEverything(place, kubeconfig(place, users['a token']!()), [], webFlags()))
  })

  it('when a plug-in fails, prints something else, or prints its credential badly', async () => {
    for (const script of [
      `echo 'cannot log in with password=${secret('PluginStderr')}' >&2; exit 1`,
      `echo 'Authorization: Bearer ${secret('PluginBearer')}' >&2; exit 1`,
      `echo '{"status":{"token":"${secret('PluginCut')}"'`,
      `${execCredential(`${secret('PluginBreak')}\\nsecond`)}`,
      `${execCredential(secret('PluginThenFails'))}; exit 3`,
    ]) {
      expectNoLeak(await runEverything(place, kubeconfig(place, plugin(place, script))))
    }
  })

  it('when the kubeconfig cannot be used', async () => {
    const token = () => ({token: secret('BadConfigToken')})
    const configs = [
      () => kubeconfig(place, token(), {server: `http://agent:${secret('ServerUrl')}@127.0.0.1:1`}),
      () => kubeconfig(place, token(), {server: `agent:${secret('ServerNoUrl')}@central`}),
      () => kubeconfig(place, token(), {server: `https://agent:${secret('ServerBadPort')}@central:99999`}),
      () => kubeconfig(place, token(), {cluster: {'proxy-url': `http://agent:${secret('KubeProxy')}@127.0.0.1:1`}}),
      () => kubeconfig(place, token(), {cluster: {'proxy-url': `agent:${secret('KubeProxyNoUrl')}`}}),
      () => kubeconfig(place, {token: `${secret('LineBreak')}\nX: y`}),
      () =>
        kubeconfig(place, {
          'client-certificate-data': 'AAAA',
          'client-key-data': Buffer.from(secret('KeyData')).toString('base64'),
        }),
      () => kubeconfig(place, {username: 'agent', password: [secret('PasswordList')]}),
      () => kubeconfig(place, {token: {a: secret('TokenObject')}}),
      () =>
        kubeconfig(place, {
          'auth-provider': {name: 'oidc', config: {'refresh-token': secret('Refresh'), 'id-token': secret('IdToken')}},
        }),
      () =>
        write(
          place,
          'kubeconfig',
          `users:\n- name: a\n  user:\n    token: "${secret('Yaml')}\n    password: [${secret('YamlList')}\n`,
        ),
      () =>
        write(
          place,
          'kubeconfig',
          `users:\n- name: a\n  user: {token: ${secret('YamlFlow')}: b}\n  tokenFile: &a *b\n`,
        ),
      () => write(place, 'kubeconfig', `{"users":[{"name":"a","user":{"token":"${secret('Json')}"`),
      () => write(place, 'kubeconfig', `token: ${secret('YamlTwice')}\ntoken: ${secret('YamlAgain')}\n`),
      () => write(place, 'kubeconfig', secret('NoKubeconfig')),
    ]
    for (const config of configs) expectNoLeak(await runEverything(place, config()))
  })

  it('when TLS fails', async () => {
    const standIn = await startStandIn()
    try {
      expectNoLeak(
        await runEverything(
          place,
          kubeconfig(
            place,
            {token: secret('TlsToken')},
            {server: standIn.url.replace('//', `//agent:${secret('TlsUrl')}@`)},
          ),
        ),
      )
      expectNoLeak(
        await runEverything(
          place,
          kubeconfig(place, {token: secret('PlainToken')}, {server: place.cluster.server.replace('http:', 'https:')}),
        ),
      )
    } finally {
      await standIn.close()
    }
  })
})
