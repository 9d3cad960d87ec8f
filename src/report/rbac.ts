/** The least roles as YAML with comments, for `promfleet rbac`. */
import type {AccessRule} from '../evidence/types.ts'

export interface RbacSubject {
  kind: 'User' | 'Group' | 'ServiceAccount'
  name: string
  /** Of a service account. */
  namespace: string | null
}

export interface RbacRequest {
  rules: readonly AccessRule[]
  alternative: AccessRule
  /** Rules that are asked for by themselves, and allow more than reading. */
  more?: readonly AccessRule[]
  /** Empty: one ClusterRole for all namespaces; else one Role in each. */
  namespaces: string[]
  /** Empty: roles only, with the binding as a comment. */
  subjects: RbacSubject[]
}

const roleName = 'promfleet'

/** Text that `kubectl apply -f -` takes. */
export function renderRbac(request: RbacRequest): string {
  const scopes = request.namespaces.length > 0 ? request.namespaces : [null]
  const documents = scopes.flatMap(namespace => [
    role(namespace, request),
    ...(request.subjects.length > 0 ? [binding(namespace, request.subjects)] : []),
  ])
  return `${header(request)}${documents.join('---\n')}`
}

function header({namespaces, subjects, more = []}: RbacRequest): string {
  const where = namespaces.length > 0 ? `in namespace ${namespaces.join(', ')} only` : 'in every namespace'
  const bind =
    subjects.length > 0
      ? ''
      : `# Bind it: promfleet rbac --user NAME (or --group, --service-account) adds the ${namespaces.length > 0 ? 'RoleBinding' : 'ClusterRoleBinding'}.\n`
  const beside =
    more.length === 0
      ? '# No secrets, no exec, nothing is changed.'
      : `# Beside reading it allows ${more.flatMap(({resources}) => resources).join(' and ')}: who has it can run programs in these pods.`
  return `# What promfleet needs ${where}: it reads, and opens port-forwards to agents.\n${beside}\n${bind}`
}

function role(namespace: string | null, {rules, alternative, more = []}: RbacRequest): string {
  const metadata = namespace === null ? '' : `  namespace: ${quote(namespace)}\n`
  return [
    'apiVersion: rbac.authorization.k8s.io/v1\n',
    `kind: ${namespace === null ? 'ClusterRole' : 'Role'}\n`,
    `metadata:\n  name: ${roleName}\n${metadata}`,
    'rules:\n',
    ...[...rules, ...more].map(rule => ruleLines(rule, '')),
    ruleLines(alternative, '# '),
  ].join('')
}

function ruleLines(rule: AccessRule, prefix: string): string {
  const list = (items: string[]) => `[${items.map(quote).join(', ')}]`
  return [
    `  # ${rule.why}${rule.optional && prefix === '' ? ' (optional)' : ''}\n`,
    `${prefix === '' ? '  ' : '  # '}- apiGroups: ${list([rule.group])}\n`,
    `${prefix === '' ? '  ' : '  # '}  resources: ${list(rule.resources)}\n`,
    `${prefix === '' ? '  ' : '  # '}  verbs: ${list(rule.verbs)}\n`,
  ].join('')
}

function binding(namespace: string | null, subjects: RbacSubject[]): string {
  const kind = namespace === null ? 'ClusterRole' : 'Role'
  const metadata = namespace === null ? '' : `  namespace: ${quote(namespace)}\n`
  return [
    'apiVersion: rbac.authorization.k8s.io/v1\n',
    `kind: ${kind}Binding\n`,
    `metadata:\n  name: ${roleName}\n${metadata}`,
    `roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${roleName}}\n`,
    'subjects:\n',
    ...subjects.map(subject =>
      subject.kind === 'ServiceAccount'
        ? `  - {kind: ServiceAccount, name: ${quote(subject.name)}, namespace: ${quote(subject.namespace ?? 'default')}}\n`
        : `  - {apiGroup: rbac.authorization.k8s.io, kind: ${subject.kind}, name: ${quote(subject.name)}}\n`,
    ),
  ].join('')
}

/** A JSON string is a YAML string, whatever is in it. */
function quote(text: string): string {
  return JSON.stringify(text)
}
