/** Flags that several commands share; kubectl's names where kubectl has one. */
import * as Flags from '@oclif/core/flags'
import {duration} from './duration.ts'

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
  interval: Flags.custom<number>({parse: duration})({
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
  timeout: Flags.custom<number>({parse: duration})({
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

/** A stored take instead of a live one. */
export const replayFlags = {
  from: Flags.string({
    helpGroup: 'REPLAY',
    helpValue: 'BUNDLE',
    description: 'judge this bundle of "promfleet capture" instead of looking; - reads it from stdin',
    exclusive: [...Object.keys(scopeFlags), ...Object.keys(collectFlags)],
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
    description: 'external labels that tell agents apart at the central',
    default: ['cluster'],
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
