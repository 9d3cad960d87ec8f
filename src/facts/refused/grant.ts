/** The command that grants what the API server refused, for somebody who may. Pure. */
import type {Permission} from '../../evidence/types.ts'
import {shellWord} from '../../shell-word.ts'

/** In place of a context's name in commands: the user who was refused may not grant it to himself. */
export const ADMINISTRATOR = 'ADMIN_CONTEXT'

/** `needs`: alternatives; `user`: whom the API server refused, null where it did not say. */
export function grantCommand(needs: readonly Permission[][], user: string | null): string {
  const namespaces = [...new Set(needs.flat().map(({namespace}) => namespace))]
  const isClusterWide = namespaces.length === 0 || namespaces.includes(null)
  const rbac = `promfleet rbac ${subjectOf(user)}${forPrograms(needs)}${isClusterWide ? '' : ` -n ${shellWord(namespaces.join(','))}`}`
  return `${rbac} | kubectl --context ${ADMINISTRATOR} apply -f -`
}

/** What is refused to `probe --from-pod`, in the words of the API server; null where that is something else. */
export function grantInPods(answers: readonly string[]): string | null {
  const refused = answers.flatMap(answer => {
    const found =
      /\bUser "([^"]+)" cannot (\w+) resource "(pods\/(?:exec|ephemeralcontainers))" in API group "" in the namespace "([^"]+)"/.exec(
        answer,
      )
    if (found === null) return []
    const [, user = '', verb = '', resource = '', namespace = ''] = found
    return [{user, permission: {verb, group: '', resource, namespace}}]
  })
  const [first] = refused
  return first === undefined
    ? null
    : grantCommand(
        refused.map(({permission}) => [permission]),
        first.user,
      )
}

/** Nothing of the least role lets programs run in pods: its own flags do. */
function forPrograms(needs: readonly Permission[][]): string {
  const resources = needs.flat().map(({resource}) => resource)
  if (resources.includes('pods/ephemeralcontainers')) return ' --from-pod --image'
  return resources.includes('pods/exec') ? ' --from-pod' : ''
}

/** For `promfleet rbac`; nobody binds a role to those who are not logged in. */
function subjectOf(user: string | null): string {
  if (user === null || user === 'system:anonymous') return '--user USER'
  const account = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user)?.[1]
  return account === undefined ? `--user ${shellWord(user)}` : `--service-account ${shellWord(account)}`
}
