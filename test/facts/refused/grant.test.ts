/** The command that lets programs run in pods, from the words in which the API server refuses it. */
import {describe, expect, it} from 'vitest'
import {grantCommand, grantInPods} from '../../../src/facts/refused/grant.ts'

const refused = (user: string, verb: string, resource: string, namespace: string) =>
  `HTTP 403: pods "agent-0" is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "" in the namespace "${namespace}"`

describe('what grants --from-pod', () => {
  it.each<[string, string[], string]>([
    ['exec', [refused('viewer', 'get', 'pods/exec', 'monitoring')], '--user viewer --from-pod -n monitoring'],
    [
      'exec in several namespaces, each once',
      ['a', 'b', 'a'].map(name => refused('viewer', 'create', 'pods/exec', name)),
      '--user viewer --from-pod -n a,b',
    ],
    [
      'an ephemeral container, which needs both',
      [refused('system:serviceaccount:ops:bot', 'patch', 'pods/ephemeralcontainers', 'monitoring')],
      '--service-account ops:bot --from-pod --image -n monitoring',
    ],
  ])('%s', (_, answers, words) => {
    expect(grantInPods(answers)).toBe(`promfleet rbac ${words} | kubectl --context ADMIN_CONTEXT apply -f -`)
  })
  it('is not offered for anything else, nor for more namespaces than are named', () => {
    for (const answer of [
      'container prometheus has no shell with nc',
      refused('viewer', 'get', 'pods/portforward', 'monitoring'),
      refused('viewer', 'get', 'pods/exec', 'monitoring').replace(/ in the namespace.*/, '…'),
    ])
      expect(grantInPods([answer])).toBeNull()
  })
  it('asks for no programs in pods where only reading was refused', () => {
    const reading = {verb: 'get', group: '', resource: 'pods/log', namespace: 'monitoring'}
    expect(grantCommand([[reading]], 'viewer')).not.toContain('--from-pod')
  })
})
