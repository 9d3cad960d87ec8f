import {describe, expect, it} from 'vitest'
import type {Kubeconfig} from '../../../src/collect/kubeconfig/kubeconfig.ts'
import {selectContexts} from '../../../src/collect/kubeconfig/select-contexts.ts'
import type {UserError} from '../../../src/errors.ts'

const named = (...names: string[]): Kubeconfig => ({
  currentContext: names[0] ?? null,
  files: ['config'],
  contexts: names.map(name => ({
    name,
    clusterName: name,
    userName: null,
    namespace: 'default',
    cluster: null,
    user: null,
    kubeconfigPath: null,
    inCluster: false,
  })),
})

describe('selectContexts', () => {
  const choose = (kubeconfig: Kubeconfig, ...contexts: string[]) =>
    selectContexts(kubeconfig, {contexts, allContexts: false}).map(context => context.name)

  it('takes the current context when none is named', () => {
    expect(choose(named('a', 'b'))).toEqual(['a'])
  })

  it('takes names, comma lists and globs, each context once and in the order of the files', () => {
    const kubeconfig = named('prod-eu', 'prod-us', 'test', 'arn:aws:eks:eu:1:cluster/x')
    expect(choose(kubeconfig, 'test,prod-us', 'prod-*')).toEqual(['prod-eu', 'prod-us', 'test'])
    expect(choose(kubeconfig, 'arn:*/x')).toEqual(['arn:aws:eks:eu:1:cluster/x'])
    expect(choose(kubeconfig, 'prod-?s')).toEqual(['prod-us'])
  })

  it('takes a name that holds a comma or a star as it is', () => {
    expect(choose(named('a,b', 'a', 'b', 'c*', 'cc'), 'a,b', 'c*')).toEqual(['a,b', 'c*'])
  })

  it('takes all with --all-contexts', () => {
    expect(selectContexts(named('a', 'b'), {contexts: [], allContexts: true})).toHaveLength(2)
  })

  it('suggests near names for an unknown one', () => {
    const hintOf = (given: string, ...names: string[]) => {
      try {
        choose(named(...names), given)
        return 'found'
      } catch (error) {
        return (error as UserError).hint
      }
    }
    expect(hintOf('clutser2', 'cluster1', 'cluster2', 'other')).toBe('did you mean cluster2?')
    expect(hintOf('zzz', 'a', 'b')).toBe('there are a, b (kubectl config get-contexts)')
    expect(hintOf('x*', 'a\u001b[31m')).toBe('there are a (kubectl config get-contexts)')
    expect(hintOf('cluser2', 'cluster1', 'cluster2', 'cluster3')).toBe('did you mean cluster2?')
  })

  it('hints at commands for the file that was named', () => {
    const kubeconfig = named('a')
    for (const context of kubeconfig.contexts) context.kubeconfigPath = "/home/jane's/kube config"
    expect(() => choose(kubeconfig, 'zzz')).toThrow(
      expect.objectContaining({
        hint: "there are a (kubectl config get-contexts --kubeconfig '/home/jane'\\''s/kube config')",
      }),
    )
  })

  it('asks for a context when there is no current one', () => {
    expect(() => choose({...named('a'), currentContext: null})).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('no current context'),
        hint: 'choose with --context or --all-contexts; there are a',
      }),
    )
  })
})
