import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {accessRules, ephemeralContainerRule, fromPodRule, proxyRule} from '../src/collect/rules.ts'
import {fail} from '../src/command-line/fail.ts'
import {list} from '../src/command-line/flags.ts'
import {namespaceName} from '../src/command-line/namespace.ts'
import {UserError} from '../src/errors.ts'
import {type RbacSubject, renderRbac} from '../src/report/rbac.ts'

async function serviceAccount(text: string): Promise<RbacSubject> {
  const [namespace, name, ...rest] = text.split(':')
  if (!namespace || !name || rest.length > 0)
    throw new UserError(`"${text}" is not NAMESPACE:NAME`, 'for example monitoring:promfleet')
  return {kind: 'ServiceAccount', name, namespace: await namespaceName(namespace)}
}

export default class Rbac extends Command {
  static override summary = 'the least role that promfleet needs, as YAML'
  static override description =
    'Prints a ClusterRole, or with -n a Role per namespace; with a subject its binding, too. It changes nothing: pipe it to "kubectl apply -f -" if you may.'
  static override usage =
    '<%= command.id %> [-n NAME...] [--from-pod [--image]] [--user NAME... | --group NAME... | --service-account NAMESPACE:NAME...]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> -n monitoring',
    '<%= config.bin %> <%= command.id %> -n monitoring --user jane | kubectl apply --dry-run=server -f -',
    '<%= config.bin %> <%= command.id %> -n monitoring --user jane --from-pod',
  ]
  static override flags = {
    namespace: Flags.string({
      ...list,
      parse: namespaceName,
      char: 'n',
      helpValue: 'NAME',
      description: 'a Role in these namespaces instead of a ClusterRole',
    }),
    'from-pod': Flags.boolean({
      description: 'also what "probe --from-pod" needs: to run programs in pods (get and create on pods/exec)',
    }),
    image: Flags.boolean({
      dependsOn: ['from-pod'],
      description: 'also what "probe --from-pod --image" needs: to add containers (patch on pods/ephemeralcontainers)',
    }),
    user: Flags.string({...list, helpValue: 'NAME', description: 'bind it to these users'}),
    group: Flags.string({...list, helpValue: 'NAME', description: 'bind it to these groups'}),
    'service-account': Flags.custom<RbacSubject>({parse: serviceAccount})({
      ...list,
      helpValue: 'NAMESPACE:NAME',
      description: 'bind it to these service accounts',
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Rbac)
    const subjects: RbacSubject[] = [
      ...(flags.user ?? []).map(name => ({kind: 'User' as const, name, namespace: null})),
      ...(flags.group ?? []).map(name => ({kind: 'Group' as const, name, namespace: null})),
      ...(flags['service-account'] ?? []),
    ]
    process.stdout.write(
      renderRbac({
        rules: accessRules,
        alternative: proxyRule,
        more: [...(flags['from-pod'] ? [fromPodRule] : []), ...(flags.image ? [ephemeralContainerRule] : [])],
        namespaces: flags.namespace ?? [],
        subjects,
      }),
    )
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error)
  }
}
