import {describe, expect, it} from 'vitest'
import {permissionsFor, permissionsForPath, permissionsInMessage} from '../../../src/collect/api-server/permissions.ts'

describe('permissionsForPath', () => {
  it.each([
    ['/api/v1/pods?limit=500', 'list', '', 'pods', null],
    ['/api/v1/namespaces/a/pods', 'list', '', 'pods', 'a'],
    ['/api/v1/namespaces/a/pods/p', 'get', '', 'pods', 'a'],
    ['/api/v1/namespaces/a/pods/p/log?tailLines=5', 'get', '', 'pods/log', 'a'],
    ['/api/v1/namespaces/a/pods/p:9090/proxy/api/v1/targets', 'get', '', 'pods/proxy', 'a'],
    ['/api/v1/namespaces', 'list', '', 'namespaces', null],
    ['/api/v1/namespaces/a', 'get', '', 'namespaces', 'a'],
    [
      '/apis/monitoring.coreos.com/v1alpha1/prometheusagents',
      'list',
      'monitoring.coreos.com',
      'prometheusagents',
      null,
    ],
    ['/apis/apps/v1/namespaces/a/statefulsets/s', 'get', 'apps', 'statefulsets', 'a'],
  ])('%s needs %s %s %s in %s', (path, verb, group, resource, namespace) => {
    expect(permissionsForPath('GET', path)).toEqual([[{verb, group, resource, namespace}]])
  })

  it.each(['/version', '/apis', '/api/v1', '/healthz', ''])('%j needs no right on a resource', path => {
    expect(permissionsForPath('GET', path)).toEqual([])
  })

  it('needs create for a POST', () => {
    expect(permissionsForPath('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).toMatchObject([
      [{verb: 'create'}],
    ])
  })
})

it('a port-forward needs get, and create since Kubernetes 1.35, together', () => {
  expect(permissionsFor('get', '', 'pods/portforward', 'a')).toMatchObject([[{verb: 'get'}, {verb: 'create'}]])
})

it('reads the right out of the words of the API server', () => {
  const message =
    'prometheusagents.monitoring.coreos.com is forbidden: User "v" cannot list resource "prometheusagents" in API group "monitoring.coreos.com" at the cluster scope'
  expect(permissionsInMessage(message)).toEqual([
    [{verb: 'list', group: 'monitoring.coreos.com', resource: 'prometheusagents', namespace: null}],
  ])
  expect(permissionsInMessage('pods "x" is forbidden: exceeded quota')).toBeNull()
})
