/** A kubeconfig over API servers of the lab. */
import {stringify} from 'yaml'
import type {LabApiServer} from './api-server.ts'

/** As YAML: one context per API server, the first one current, namespace `monitoring`. */
export function kubeconfigOf(servers: {name: string; api: LabApiServer}[], user: 'admin' | 'viewer' = 'admin'): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: servers.map(({name, api}) => ({
      name,
      cluster: {
        server: api.address,
        'certificate-authority-data': Buffer.from(api.certificateAuthorityPem).toString('base64'),
      },
    })),
    users: servers.map(({name, api}) => ({
      name: `${name}-${user}`,
      user: {token: user === 'admin' ? api.adminToken : api.viewerToken},
    })),
    contexts: servers.map(({name}) => ({
      name,
      context: {cluster: name, user: `${name}-${user}`, namespace: 'monitoring'},
    })),
    'current-context': servers[0]?.name ?? '',
  })
}
