/** What kubectl asks before anything else: version, groups and resources, in the form that every release understands. */
import type {ObjectStore, ResourceKind} from './objects.ts'

/** The document at `path`, or null when it is none of discovery's. */
export function discoveryDocument(path: string, store: ObjectStore, gitVersion: string): unknown {
  if (path === '/version' || path === '/version/') {
    const [, major = '1', minor = '32'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? []
    return {
      major,
      minor,
      gitVersion,
      gitCommit: 'lab',
      gitTreeState: 'clean',
      buildDate: '2025-01-01T00:00:00Z',
      goVersion: 'go1.23.0',
      compiler: 'gc',
      platform: 'linux/amd64',
    }
  }
  if (path === '/api' || path === '/api/')
    return {kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: []}
  if (path === '/apis' || path === '/apis/')
    return {kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(store.kinds)}
  if (path === '/api/v1' || path === '/api/v1/')
    return resourceList(
      'v1',
      store.kinds.filter(kind => kind.group === ''),
    )
  const [, group, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?\/?$/.exec(path) ?? []
  const kinds = store.kinds.filter(kind => kind.group === group && (!version || kind.version === version))
  if (!group || kinds.length === 0) return null
  if (version) return resourceList(`${group}/${version}`, kinds)
  return {kind: 'APIGroup', apiVersion: 'v1', ...groupsOf(kinds)[0]}
}

function groupsOf(kinds: ResourceKind[]): {name: string; versions: unknown[]; preferredVersion: unknown}[] {
  const names = [...new Set(kinds.map(kind => kind.group))].filter(group => group !== '')
  return names.map(name => {
    const versions = [...new Set(kinds.filter(kind => kind.group === name).map(kind => kind.version))]
      .sort((a, b) => a.length - b.length) // v1 before v1alpha1
      .map(version => ({groupVersion: `${name}/${version}`, version}))
    return {name, versions, preferredVersion: versions[0]}
  })
}

function resourceList(groupVersion: string, kinds: ResourceKind[]): unknown {
  const resources = kinds.flatMap(kind => [
    {
      name: kind.resource,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      shortNames: kind.shortNames,
    },
    ...(kind.subresources ?? []).map(sub => ({
      name: `${kind.resource}/${sub.name}`,
      singularName: '',
      namespaced: kind.namespaced,
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ])
  return {kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources}
}
