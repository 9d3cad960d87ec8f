/** Flags that several commands share; kubectl's names where kubectl has one. */
import * as Flags from '@oclif/core/flags'
import {duration, someWait, wait} from './duration.ts'
import {namespaceName} from './namespace.ts'

/** Repeated, or with commas. */
export const list = {multiple: true, multipleNonGreedy: true, delimiter: ','} as const

/** Which agents to look at, and as whom. */
export const scopeFlags = {
  kubeconfig: Flags.string({
    helpGroup: 'SCOPE',
    helpValue: 'FILE',
    description: 'kubeconfig file; else the files of $KUBECONFIG, ~/.kube/config, or the service account in a pod',
  }),
  context: Flags.string({
    ...list,
    helpGroup: 'SCOPE',
    helpValue: 'NAME',
    description: 'contexts to look at, repeated or with commas; globs allowed; default: the current one',
    exclusive: ['all-contexts'],
  }),
  'all-contexts': Flags.boolean({helpGroup: 'SCOPE', description: 'every context of the kubeconfig'}),
  namespace: Flags.string({
    parse: namespaceName,
    char: 'n',
    helpGroup: 'SCOPE',
    helpValue: 'NAME',
    description: 'look in this namespace only; default: every namespace that may be listed',
  }),
  selector: Flags.string({
    char: 'l',
    helpGroup: 'SCOPE',
    helpValue: 'SELECTOR',
    description: 'only pods with these labels',
  }),
  agent: Flags.string({
    ...list,
    helpGroup: 'SCOPE',
    helpValue: 'NAME',
    description: 'only these agents: names of pods, workloads or PrometheusAgent resources',
  }),
  'include-servers': Flags.boolean({
    helpGroup: 'SCOPE',
    description: 'diagnose Prometheus servers that remote-write, too',
  }),
  as: Flags.string({helpGroup: 'SCOPE', helpValue: 'USER', description: 'impersonate this user'}),
  'as-group': Flags.string({...list, helpGroup: 'SCOPE', helpValue: 'GROUP', description: 'impersonate these groups'}),
}

/**
 * How agents are reached, and for how long. Defaults are told in the descriptions: with a `defaultHelp` oclif would load the
 * whole command to print its help.
 */
export const collectFlags = {
  interval: Flags.custom<number>({parse: wait})({
    helpGroup: 'COLLECTING',
    helpValue: 'TIME',
    description:
      'between the two scrapes, default 10s or half of a shorter --timeout; 0 takes one scrape and judges by levels',
  }),
  since: Flags.custom<number>({parse: duration})({
    helpGroup: 'COLLECTING',
    helpValue: 'TIME',
    default: 3600,
    noCacheDefault: true,
    description: 'how far back logs are read, default 1h',
  }),
  timeout: Flags.custom<number>({parse: someWait})({
    helpGroup: 'COLLECTING',
    helpValue: 'TIME',
    default: 60,
    noCacheDefault: true,
    description:
      'for the whole run, default 60s; what is missing by then is unknown, the report is printed all the same',
  }),
  transport: Flags.option({options: ['auto', 'port-forward', 'proxy', 'kubectl'] as const})({
    helpGroup: 'COLLECTING',
    default: 'auto',
    description: 'how agents are reached; auto tries them in this order',
  }),
  'web-user': Flags.string({
    helpGroup: 'COLLECTING',
    helpValue: 'NAME',
    description: 'user for agents whose web server asks for basic auth',
    dependsOn: ['web-password-file'],
  }),
  'web-password-file': Flags.string({
    helpGroup: 'COLLECTING',
    helpValue: 'FILE',
    description: 'file that holds the password of --web-user',
    dependsOn: ['web-user'],
  }),
}

/** The central: where the agents' data goes, and how it may be asked. Secrets come by file or environment, never on the command line. */
export const centralFlags = {
  'central-url': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'URL',
    description:
      'query API of the central (Prometheus, VictoriaMetrics, Mimir, Thanos): what stands before /api/v1/query, as http://prometheus:9090 or https://mimir.example.com/prometheus',
    exclusive: ['central-context'],
  }),
  'central-context': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'NAME',
    description: "the central is a pod in this context, reached through the context's API server",
  }),
  'central-namespace': Flags.string({
    parse: namespaceName,
    helpGroup: 'CENTRAL',
    helpValue: 'NAME',
    description: "namespace of the central's pod",
    dependsOn: ['central-context'],
  }),
  'central-pod': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'NAME',
    description: "the central's pod, where several may be it",
    dependsOn: ['central-context'],
  }),
  'central-tenant': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'NAME',
    description: 'tenant to ask for: sent as X-Scope-OrgID',
  }),
  'central-header': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: 'CENTRAL',
    helpValue: "'NAME: VALUE'",
    description: 'a header for each request; repeat for more. For a secret one use --central-header-file',
  }),
  'central-header-file': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: 'CENTRAL',
    helpValue: 'FILE',
    description: 'file with headers, "Name: value" a line; $PROMFLEET_CENTRAL_HEADERS holds the same',
  }),
  'central-user': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'NAME',
    description: 'user for basic auth; its password is in --central-password-file or $PROMFLEET_CENTRAL_PASSWORD',
    exclusive: ['central-token-file'],
  }),
  'central-password-file': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'FILE',
    description: 'file that holds the password of --central-user',
    dependsOn: ['central-user'],
  }),
  'central-token-file': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'FILE',
    description: 'file that holds a bearer token; else $PROMFLEET_CENTRAL_TOKEN',
  }),
  'central-ca-file': Flags.string({
    helpGroup: 'CENTRAL',
    helpValue: 'FILE',
    description: "certificate authorities (PEM) to trust for the central, instead of the system's",
    dependsOn: ['central-url'],
  }),
  'central-insecure-skip-verify': Flags.boolean({
    helpGroup: 'CENTRAL',
    description: "do not verify the central's certificate",
    dependsOn: ['central-url'],
  }),
}

/** What chooses a part of a bundle, too. */
const NARROWING: readonly string[] = ['context', 'namespace', 'agent']

/** A stored take instead of a live one. */
export const replayFlags = {
  from: Flags.string({
    helpGroup: 'REPLAY',
    helpValue: 'BUNDLE',
    description:
      'judge this bundle of "promfleet capture" instead of looking, or what --context, -n and --agent name of it; - reads it from stdin',
    exclusive: [scopeFlags, collectFlags, centralFlags].flatMap(flags =>
      Object.keys(flags).filter(name => !NARROWING.includes(name)),
    ),
  }),
}

/** What the report says and when it fails a script. */
export const judgingFlags = {
  'fail-on': Flags.option({options: ['error', 'warning', 'never'] as const})({
    helpGroup: 'JUDGING',
    default: 'error',
    description: 'exit with 1 at findings of this severity or above',
  }),
  only: Flags.string({
    ...list,
    helpGroup: 'JUDGING',
    helpValue: 'CHECK',
    description: 'only these checks: ids or subjects',
  }),
  skip: Flags.string({
    ...list,
    helpGroup: 'JUDGING',
    helpValue: 'CHECK',
    description: 'not these checks: ids or subjects',
  }),
  'identity-label': Flags.string({
    ...list,
    helpGroup: 'JUDGING',
    helpValue: 'LABEL',
    description: 'external labels that tell agents apart at the central, default cluster',
  }),
}

/** How the report is written. */
export const outputFlags = {
  output: Flags.option({char: 'o', options: ['table', 'wide', 'json'] as const})({
    helpGroup: 'OUTPUT',
    default: 'table',
    description: 'form of the report',
  }),
  'output-file': Flags.string({helpGroup: 'OUTPUT', helpValue: 'FILE', description: 'write the report to this file'}),
  'no-color': Flags.boolean({helpGroup: 'OUTPUT', description: 'no colours; $NO_COLOR does the same'}),
  quiet: Flags.boolean({
    char: 'q',
    helpGroup: 'OUTPUT',
    description: 'the verdict line only, with the names of up to three agents that do not deliver',
    exclusive: ['verbose'],
  }),
  verbose: Flags.boolean({char: 'v', helpGroup: 'OUTPUT', description: 'remarks (info) and every measurement, too'}),
}
