/** Escape sequences planted in every place that promfleet reads must not come out of any command. */
import {describe, expect, it} from 'vitest'
import {agentPod, data, healthyAgent, text} from '../collect/fake-cluster.ts'
import {UNSAFE} from '../fuzz.ts'
import {kubeconfig, placeOfEachTest, plugin, runEverything} from './every-command.ts'
import type {CommandRun} from './run-command.ts'

const place = placeOfEachTest()

describe('no escape sequence reaches the terminal', () => {
  const nasty =
    '\u001b[31mred\u001b]0;title\u0007\u001b[2J\u009b1A\u009d0;x\u009c\u202eright\u2066to\u200eleft\u0000\u0008\u007f\ufeff\r\nsecond'
  const hostile = (name: string) => `${name}${nasty}`

  function plantEscapes(): void {
    place.cluster.override.set(
      '/version',
      text(JSON.stringify({gitVersion: hostile('v1.33')}), 200, 'application/json'),
    )
    for (const name of ['agent-0', hostile('agent-1')]) {
      place.cluster.pods.push(
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
      place.cluster.agents.set(
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
      place.cluster.logs.set(
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
    place.cluster.override.set(
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
    const runs = await runEverything(place, kubeconfig(place, {token: 'a-token'}))
    expectClean(runs)
    for (const [typed, {stdout, error}] of runs)
      expect({typed, error, isEmpty: stdout === ''}).toEqual({typed, error: null, isEmpty: false})
    expect(runs.map(([, {stdout}]) => stdout).join('')).toContain('boom')
  })

  it('from names in the kubeconfig, and names that were typed', async () => {
    plantEscapes()
    expectClean(await runEverything(place, kubeconfig(place, {token: 'a-token'}, {context: hostile('context')})))
    expectClean(
      await runEverything(
        place,
        kubeconfig(place, {token: 'a-token'}, {context: hostile('context'), server: hostile('http://x')}),
      ),
    )
    expectClean(
      await runEverything(place, kubeconfig(place, plugin(place, `printf '\\033[31mno\\033]0;x\\007\\n' >&2; exit 1`))),
    )
    expectClean(await runEverything(place, kubeconfig(place, {token: 'a-token'}), ['--agent', hostile('agent')]))
    expectClean(await runEverything(place, kubeconfig(place, {token: 'a-token'}), ['--context', hostile('context')]))
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
      place.cluster.override.set('/version', said(type))
      expectClean(await runEverything(place, kubeconfig(place, {token: 'a-token'})))
      place.cluster.override.delete('/version')
      place.cluster.override.set('/api/v1/pods', said(type))
      expectClean(await runEverything(place, kubeconfig(place, {token: 'a-token'})))
    }
  })
})
