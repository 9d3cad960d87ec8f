import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {fail} from '../src/command-line/fail.ts'
import {collectFlags, outputFlags, replayFlags, scopeFlags} from '../src/command-line/flags.ts'
import {expectationsOf, fleetFlags, withFleet} from '../src/command-line/fleet.ts'
import {refuseUnwritable} from '../src/command-line/output-file.ts'
import {followLogs, printRawLogs} from '../src/command-line/print-logs.ts'
import {takeEvidence} from '../src/command-line/take-evidence.ts'
import {writeReport} from '../src/command-line/write-report.ts'
import {failedLogReport, reportLogs} from '../src/diagnose/logs/report-logs.ts'
import {watchLogs} from '../src/diagnose/logs/watch.ts'
import {readFacts} from '../src/facts/facts.ts'
import {renderLogs} from '../src/report/logs.ts'

export default class Logs extends Command {
  static override summary = 'what the logs of the agents say: each kind of line once, since when, its cause and remedy'
  static override description =
    `Reads logs only, no metrics: "promfleet doctor" judges both together. How often a line comes is a lower bound, because Prometheus holds back repeated lines of remote write for a minute; Prometheus 3 does so for all queues together.

EXIT CODES
  0  looked, and no line tells of an error that holds now
  1  a line of an error that costs data came within the last two minutes of its log
  2  could not start: usage, no such context, unreadable bundle; or a bug
  3  no such line was seen, but a log could not be read, or there is no agent, or one that the fleet file expects is not there
  130, 143  interrupted, terminated`
  static override usage =
    '<%= command.id %> [--context NAME... | --all-contexts | --from BUNDLE] [--follow | --previous] [--raw | -o table|json] [FLAGS]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --context cluster2 --since 6h',
    '<%= config.bin %> <%= command.id %> --all-contexts --follow',
    '<%= config.bin %> <%= command.id %> --agent agent-0 --raw --previous',
    "<%= config.bin %> <%= command.id %> -o json | jq '.kinds[].cause'",
  ]
  static override flags = {
    ...scopeFlags,
    ...fleetFlags,
    since: collectFlags.since,
    timeout: collectFlags.timeout,
    transport: collectFlags.transport,
    ...replayFlags,
    follow: Flags.boolean({
      char: 'f',
      helpGroup: 'LOGS',
      description: 'go on: a line for each kind that is new, or comes back after five minutes; Ctrl-C ends it',
      exclusive: ['from', 'previous', 'output-file'],
    }),
    previous: Flags.boolean({
      char: 'p',
      helpGroup: 'LOGS',
      description: "the end of the log of each container's previous run",
    }),
    raw: Flags.boolean({
      helpGroup: 'LOGS',
      description: 'every line as it came, without secrets and escape sequences; of a bundle the last 50',
      exclusive: ['output', 'output-file', 'verbose', 'quiet'],
    }),
    output: Flags.option({char: 'o', options: ['table', 'json'] as const})({
      helpGroup: 'OUTPUT',
      description: 'form of the report, default table; with --follow one JSON document per line',
    }),
    'output-file': outputFlags['output-file'],
    'no-color': outputFlags['no-color'],
    quiet: Flags.boolean({char: 'q', helpGroup: 'OUTPUT', description: 'no progress line'}),
    verbose: Flags.boolean({
      char: 'v',
      helpGroup: 'OUTPUT',
      description: 'every place a line came from, and what it means',
    }),
  }

  async run(): Promise<void> {
    const {flags: typed} = await this.parse(Logs)
    const {flags: given, fleet, thresholds} = await withFleet(typed)
    // oclif leaves a boolean flag that was not given undefined
    const [follow, previous] = [given.follow === true, given.previous === true]
    const flags = {...given, follow, previous, output: given.output ?? ('table' as const), interval: 0}
    const {version} = this.config
    await refuseUnwritable(flags['output-file'])
    if (flags.raw) process.exitCode = await printRawLogs(flags, version)
    else if (flags.follow) process.exitCode = await followLogs(flags, version, watchLogs())
    else {
      const pieces = [flags.previous ? ('previous-log' as const) : ('log' as const)]
      const {evidence, interruptedWith} = await takeEvidence(flags, version, () => false, {pieces})
      const facts = readFacts(evidence, {thresholds})
      const {missingAgents} = await import('../src/checks/missing-agents.ts')
      const report = reportLogs(facts, {
        previous: flags.previous,
        interruptedWith,
        fleetFile: flags.fleetFile,
        expectedMissing: missingAgents(facts, expectationsOf(fleet, typed, evidence)),
      })
      await writeReport(flags, report, options => renderLogs(report, options))
      process.exitCode = report.exitCode
    }
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error, failedLogReport)
  }
}
