/** Outcomes as people read them: a line per fault and release, totals, and the page docs/fault-matrix.md. */
import type {Version} from '../scenarios/scenario.ts'
import type {HandMade} from './baselines.ts'
import type {Outcome} from './run-fault.ts'

export function lineOf({fault, version, seen, wrong, handMade, alerts, seconds}: Outcome): string {
  const verdict = seen === null ? '-' : `${seen.topCause ?? 'nothing'}, ${seen.state}, exit ${seen.exitCode}`
  const columns = [
    wrong.length === 0 ? 'right' : 'WRONG',
    fault.padEnd(38),
    version,
    verdict.padEnd(58),
    `greps: ${handMade}`.padEnd(15),
    alerts.length === 0 ? 'no alert' : alerts.join(', '),
    `${seconds} s`,
  ]
  return [columns.join('  '), ...wrong.map(words => `       ${words}`)].join('\n')
}

interface Totals {
  faults: number
  right: number
  named: number
  noticed: number
  alerted: number
  healthy: number
  quiet: number
  alarmedByHand: number
  alarmedByAlerts: number
}

function totalsOf(outcomes: readonly Outcome[]): Totals {
  const healthy = outcomes.filter(({kind}) => kind === 'healthy')
  const faults = outcomes.filter(({kind}) => kind !== 'healthy')
  const count = (of: readonly Outcome[], holds: (outcome: Outcome) => boolean) => of.filter(holds).length
  const says = (answer: HandMade) => (outcome: Outcome) => outcome.handMade === answer
  const fires = ({alerts}: Outcome) => alerts.length > 0
  return {
    faults: faults.length,
    right: count(faults, ({wrong}) => wrong.length === 0),
    named: count(faults, says('named')),
    noticed: count(faults, says('noticed')),
    alerted: count(faults, fires),
    healthy: healthy.length,
    quiet: count(healthy, ({wrong}) => wrong.length === 0),
    alarmedByHand: count(healthy, outcome => !says('nothing')(outcome)),
    alarmedByAlerts: count(healthy, fires),
  }
}

export function totalLines(outcomes: readonly Outcome[]): string[] {
  const of = totalsOf(outcomes)
  return [
    `${of.faults} faults made to happen: promfleet names the cause and the state of ${of.right}`,
    `  the two greps name the cause of ${of.named}, show that something is wrong in ${of.noticed} more, and nothing in ${of.faults - of.named - of.noticed}`,
    `  the stock alerts fire for ${of.alerted}`,
    `${of.healthy} healthy fleets: promfleet is quiet on ${of.quiet}, the greps show alarming lines on ${of.alarmedByHand}, alerts fire on ${of.alarmedByAlerts}`,
  ]
}

/** docs/fault-matrix.md. */
export function matrixPage(outcomes: readonly Outcome[], versions: readonly Version[], date: string): string {
  const of = totalsOf(outcomes)
  const names = [...new Set(outcomes.map(({fault}) => fault))]
  const share = (part: number, whole: number) => `${part} of ${whole}`
  return `# The fault matrix

Every fault below was made to happen to real Prometheus processes (${versions.join(', ')}) on ${date}, and promfleet's doctor
looked at each of them once; a fault counts once per release. A row is right when the finding that leads the report, the state **and** the exit code are the
expected ones, and when \`promfleet doctor --from\` said the same of the captured bundle, byte for byte.

| | promfleet | the two greps | stock alerts |
| --- | --- | --- | --- |
| faults whose cause is named | ${share(of.right, of.faults)} | ${share(of.named, of.faults)} | none: they name symptoms |
| faults that show at all | ${share(of.right, of.faults)} | ${share(of.named + of.noticed, of.faults)} | ${share(of.alerted, of.faults)} |
| healthy fleets left in peace | ${share(of.quiet, of.healthy)} | ${share(of.healthy - of.alarmedByHand, of.healthy)} | ${share(of.healthy - of.alarmedByAlerts, of.healthy)} |

- **The two greps**: \`kubectl logs POD | grep -E "(error|failed|retry)"\` and \`curl .../metrics | grep prometheus_remote_storage\`.
  Named: a line that comes through holds the words of the cause, whatever else it shows. Shows: a warning or error line comes
  through, a failed, retried or dropped counter is above 0, or the lag is above 120 s.
- **Stock alerts**: the formulas of Prometheus' mixin (documentation/prometheus-mixin/alerts.libsonnet) over the same scrapes,
  their \`for\` of 10 to 20 minutes taken as over. Most outages here are half a minute old when they are looked at: RemoteWriteBehind, which
  begins at a lag of 120 s, would fire for more of them a few minutes later.

To repeat it: \`npm run test:faults\` (10 to 20 minutes on two cores; \`-- --only 'tls-*'\` for a part, \`-- --help\` for more). The
evidence of each row is recorded in \`test/fixtures/faults\`, and \`npm test\` judges all of it anew in seconds.

| fault | expected: cause, state, exit code | ${versions.join(' | ')} | the two greps | stock alerts |
| --- | --- | ${versions.map(() => '---').join(' | ')} | --- | --- |
${names.map(name => rowOf(name, outcomes, versions)).join('\n')}
`
}

function rowOf(name: string, outcomes: readonly Outcome[], versions: readonly Version[]): string {
  const own = outcomes.filter(({fault}) => fault === name)
  const [first] = own
  if (!first) return ''
  const {topCause, state, exitCode} = first.expected
  const cells = versions.map(version => {
    const outcome = own.find(each => each.version === version)
    if (!outcome) return '–'
    return outcome.wrong.length === 0
      ? 'right'
      : `**${outcome.seen?.topCause ?? 'nothing'}, ${outcome.seen?.state ?? 'not made'}**`
  })
  const greps = [...new Set(own.map(outcome => outcome.handMade))].join(' / ')
  const alerts = [...new Set(own.flatMap(outcome => outcome.alerts))].map(alert => alert.replace(/^Prometheus/, ''))
  return `| ${[name, `${topCause ?? 'nothing'}, ${state}, ${exitCode}`, ...cells, greps, alerts.join(', ') || '–'].join(' | ')} |`
}
