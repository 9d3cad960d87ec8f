import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {centralAccess} from '../src/command-line/central.ts'
import {duration, wait} from '../src/command-line/duration.ts'
import {fail} from '../src/command-line/fail.ts'
import {
  centralFlags,
  collectFlags,
  judgingFlags,
  outputFlags,
  replayFlags,
  scopeFlags,
} from '../src/command-line/flags.ts'
import {type Expectations, expectationsOf, fleetFlags, withFleet} from '../src/command-line/fleet.ts'
import {refuseUnwritable} from '../src/command-line/output-file.ts'
import {takeEvidence} from '../src/command-line/take-evidence.ts'
import {lagReading, lagSinceSeconds} from '../src/command-line/take-lag.ts'
import {writeReport} from '../src/command-line/write-report.ts'
import {wantsAnotherScrape} from '../src/diagnose/another-scrape.ts'
import type {LagReport} from '../src/diagnose/lag/lag-report.ts'
import {LAG_SORTS} from '../src/diagnose/lag/order.ts'
import type {RateMemory} from '../src/diagnose/lag/rate-memory.ts'
import {failedLagReport, type LagOptions, lagReport} from '../src/diagnose/lag/report-lag.ts'
import type {FleetEvidence} from '../src/evidence/fleet.ts'
import {readFleet} from '../src/facts/fleet.ts'
import type {Thresholds} from '../src/facts/thresholds.ts'

export default class Lag extends Command {
  static override summary = 'how far behind every remote-write queue is, whether it catches up, and how long is left'
  static override description =
    `A row for each queue, worst first, from two scrapes of each agent; configuration and log are read only of agents in trouble, and of those that a reload changed lately. A lag stands beside its state, because refused samples count as sent: such a queue is "losing", whatever its lag. It only reads.

LOSS is when unsent data is gone for good if nothing more is sent: "in 22-38 min" is a range, "or later" and "or sooner" tell that only this end of it is known; * that it is sooner where the central is a plain Prometheus, 1 h after the last delivery. ~ is rough: a mean since the process started, or of less than three scrapes.

EXIT CODES
  0  every queue delivers; with --fail-over: no lag is over it (exactly that is not over)
  1  a queue loses data, is silent or behind; with --fail-over: a lag is over it, or data is lost or not sent at all
  2  could not start: usage, no such context, unreadable bundle; or a bug
  3  nothing failing was seen, but something could not be judged, a central that was named among it (or that has nothing
     fresh of a queue that delivers), or there is no agent;
     with --fail-over: a lag is not known, or there is no agent (a central that cannot be read leaves it at 0, and is named)
  130, 143  interrupted, terminated: what was known by then is printed`
  static override usage =
    '<%= command.id %> [--context NAME... | --all-contexts | --from-central | --from BUNDLE] [-o table|wide|json] [FLAGS]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --all-contexts',
    '<%= config.bin %> <%= command.id %> --all-contexts --fail-over 5m --only-behind -q',
    "<%= config.bin %> <%= command.id %> -o json | jq '.rows[] | {key, state, lag: .queue.lagSeconds}'",
    '<%= config.bin %> <%= command.id %> --from-central --central-url https://mimir.example.com/prometheus --central-tenant team-a',
    '<%= config.bin %> <%= command.id %> --interval 0 --transport proxy --agent agent-0 -n monitoring',
  ]
  static override flags = {
    ...scopeFlags,
    ...fleetFlags,
    interval: Flags.custom<number>({parse: wait})({
      helpGroup: 'COLLECTING',
      helpValue: 'TIME',
      description:
        'between the two scrapes, default 10s or half of a shorter --timeout; 0 takes one scrape: rates are then means since each process started',
    }),
    timeout: collectFlags.timeout,
    transport: collectFlags.transport,
    'web-user': collectFlags['web-user'],
    'web-password-file': collectFlags['web-password-file'],
    ...replayFlags,
    'from-central': Flags.boolean({
      helpGroup: 'CENTRAL',
      description:
        'a row for each identity that the central stores, by at most four queries, without a look at any agent; late ones are looked at again after --interval',
      exclusive: ['from', 'context', 'all-contexts', 'namespace', 'selector', 'agent', 'include-servers'],
    }),
    ...centralFlags,
    'identity-label': judgingFlags['identity-label'],
    sort: Flags.option({options: LAG_SORTS})({
      helpGroup: 'LAG',
      default: 'state',
      description: 'order of the rows: worst first by state, or by this figure',
    }),
    'only-behind': Flags.boolean({
      helpGroup: 'LAG',
      description: 'without the rows that deliver; totals and exit code are of all',
    }),
    watch: Flags.boolean({
      helpGroup: 'LAG',
      description:
        'look again every --interval and show it in place, with what each queue did lately and what changed; q ends it, or --timeout where it is given; -o json prints one document a line, no terminal appends rows and ends with the verdict',
      exclusive: ['from', 'output-file'],
    }),
    'fail-over': Flags.custom<number>({parse: duration})({
      helpGroup: 'LAG',
      helpValue: 'TIME',
      description:
        'exit by lag instead of by state: 1 when one is over this many seconds (or 5m), 3 when one is not known',
    }),
    ...outputFlags,
    verbose: Flags.boolean({
      char: 'v',
      helpGroup: 'OUTPUT',
      description: 'every measurement of each queue, and which metric and clock its lag was read from, too',
    }),
  }

  async run(): Promise<void> {
    const {flags: given, metadata} = await this.parse(Lag)
    const {flags, fleet, thresholds} = await withFleet(given)
    await refuseUnwritable(flags['output-file'])
    const options = {sort: flags.sort, failOverSeconds: flags['fail-over'] ?? null, fleetFile: flags.fleetFile}
    const fromCentral = flags['from-central'] === true ? await import('../src/command-line/take-from-central.ts') : null
    const asked = {
      toolVersion: this.config.version,
      expected: fleet?.expected ?? null,
      lateSeconds: thresholds.lateSeconds,
    }
    const judging: LagJudging = {
      thresholds,
      expectedIn: evidence => (fromCentral ? null : expectationsOf(fleet, given, evidence)),
    }
    if (flags.watch) {
      const {watchLag} = await import('../src/command-line/watch/watch-lag.ts')
      process.exitCode = await watchLag({...flags, since: lagSinceSeconds}, this.config.version, {
        thresholds,
        report: (evidence, rates) => judgeLag(evidence, {...judging, rates}, {...options, onlyBehind: false}),
        central: fromCentral ? null : centralAccess(flags),
        // Each look of it is the first of two for the next.
        openCentral: fromCentral
          ? signal => fromCentral.openFromCentral({...flags, interval: 0}, asked, signal)
          : undefined,
        endsAfterSeconds: metadata.flags.timeout?.setFromDefault === true ? null : flags.timeout,
      })
      return
    }
    const taken = fromCentral
      ? await fromCentral.takeFromCentral(flags, asked)
      : await takeEvidence(
          {...flags, since: lagSinceSeconds},
          this.config.version,
          agent => wantsAnotherScrape(agent, thresholds),
          lagReading(thresholds, centralAccess(flags)),
        )
    const report = await judgeLag(taken.evidence, judging, {
      ...options,
      onlyBehind: flags['only-behind'],
      interruptedWith: taken.interruptedWith,
    })
    await writeReport(flags, report, async options => {
      const {renderLag} = await import('../src/report/lag/lag.ts')
      return renderLag(report, options)
    })
    process.exitCode = report.exitCode
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error, failedLagReport)
  }
}

interface LagJudging {
  thresholds: Thresholds
  /** Which agents should be there; null: nobody says. */
  expectedIn(evidence: FleetEvidence): Expectations | null
  /** Of looks that follow each other; left out: rates are those of the take. */
  rates?: RateMemory
}

/** Where what a central stores, and that it could not be read, has something to say to lag. */
const CHECKS_OF_BOTH = ['central/not-fresh', 'central/unreachable']

/** As the take asks for: it may hold what a central stores beside the agents, or alone. What that takes is loaded then. */
async function judgeLag(
  evidence: FleetEvidence,
  {thresholds, expectedIn, rates}: LagJudging,
  options: LagOptions,
): Promise<LagReport> {
  if (evidence.centralFleet !== undefined) {
    const {lagReportFromCentral} = await import('../src/diagnose/lag/from-central.ts')
    return lagReportFromCentral(evidence, thresholds, options)
  }
  const reading = {thresholds, ...(rates && {ratesOf: rates.ratesOf})}
  const expected = expectedIn(evidence)
  const ids = [
    ...((evidence.centrals ?? []).length > 0 ? CHECKS_OF_BOTH : []),
    ...(expected === null ? [] : ['workload/expected-missing']),
  ]
  if (ids.length === 0) {
    return lagReport(readFleet(evidence, reading), options)
  }
  const [{readFacts}, {matchChecks}, {runChecks}, {diagnose}, {storedGaps}] = await Promise.all([
    import('../src/facts/facts.ts'),
    import('../src/checks/match.ts'),
    import('../src/checks/run.ts'),
    import('../src/diagnose/diagnose.ts'),
    import('../src/diagnose/stored-unknown.ts'),
  ])
  const facts = readFacts(evidence, reading)
  const run = runChecks(facts, {only: matchChecks(ids, '--only'), expected})
  return lagReport(facts, options, diagnose(facts, run, {failOn: 'never'}).findings, storedGaps(facts))
}
