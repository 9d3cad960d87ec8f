import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {matchChecks} from '../src/checks/match.ts'
import {runChecks} from '../src/checks/run.ts'
import {fail} from '../src/command-line/fail.ts'
import {collectFlags, judgingFlags, outputFlags, replayFlags, scopeFlags} from '../src/command-line/flags.ts'
import {expectationsOf, fleetFlags, withFleet} from '../src/command-line/fleet.ts'
import {refuseUnwritable} from '../src/command-line/output-file.ts'
import {takeEvidence} from '../src/command-line/take-evidence.ts'
import {writeReport} from '../src/command-line/write-report.ts'
import {diagnose} from '../src/diagnose/diagnose.ts'
import {CHECKS_ON_LABELS, failedLabelsReport, reportLabels} from '../src/diagnose/labels/report-labels.ts'
import {readFacts} from '../src/facts/facts.ts'
import {renderLabels} from '../src/report/labels/labels.ts'

export default class Labels extends Command {
  static override summary = 'is what each agent sends told apart from every other, and what is done to it on the way'
  static override description =
    `External labels of all agents side by side: what is missing, inconsistent, or claimed by two; which of them lose against labels of targets; and what write_relabel_configs drop, keep and rename of what the targets expose. It only reads: configuration, targets and their metadata, the log.

EXIT CODES
  0  looked, and found nothing at or above --fail-on
  1  findings at or above it
  2  could not start: usage, no such context, unreadable bundle; or a bug
  3  the configuration of an agent could not be read, or its rules seem to keep nothing and its counters are too young to tell, or there is no agent
  130, 143  interrupted, terminated: what was known by then is printed`
  static override usage =
    '<%= command.id %> [--context NAME... | --all-contexts | --from BUNDLE] [-o table|wide|json] [FLAGS]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --all-contexts',
    '<%= config.bin %> <%= command.id %> --context cluster2 --identity-label site -v',
    "<%= config.bin %> <%= command.id %> --all-contexts -o json | jq '.agents[] | {key, externalLabels, collidesWith}'",
  ]
  static override flags = {
    ...scopeFlags,
    ...fleetFlags,
    since: collectFlags.since,
    timeout: collectFlags.timeout,
    transport: collectFlags.transport,
    'web-user': collectFlags['web-user'],
    'web-password-file': collectFlags['web-password-file'],
    ...replayFlags,
    'fail-on': judgingFlags['fail-on'],
    'identity-label': judgingFlags['identity-label'],
    ...outputFlags,
    quiet: Flags.boolean({
      char: 'q',
      helpGroup: 'OUTPUT',
      description: 'the verdict line only',
      exclusive: ['verbose'],
    }),
    verbose: Flags.boolean({
      char: 'v',
      helpGroup: 'OUTPUT',
      description: 'remarks (info) in full, and the rules of every queue',
    }),
  }

  async run(): Promise<void> {
    const {flags: given} = await this.parse(Labels)
    const {flags, fleet, thresholds} = await withFleet(given)
    await refuseUnwritable(flags['output-file'])
    const {evidence, interruptedWith} = await takeEvidence({...flags, interval: 0}, this.config.version, () => false, {
      pieces: ['web', 'labels', 'log'],
    })
    const facts = readFacts(evidence, {thresholds})
    const identityLabels = flags['identity-label'] ?? ['cluster']
    const failOn = flags['fail-on']
    const expected = expectationsOf(fleet, given, evidence)
    const only = matchChecks(
      [...CHECKS_ON_LABELS, ...(expected === null ? [] : ['workload/expected-missing'])],
      '--only',
    )
    const report = diagnose(facts, runChecks(facts, {only, identityLabels, expected}), {failOn, interruptedWith})
    const labels = reportLabels(facts, report, {identityLabels, failOn, interruptedWith, fleetFile: flags.fleetFile})
    await writeReport(flags, labels, options => renderLabels(labels, report, options))
    process.exitCode = labels.exitCode
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error, failedLabelsReport)
  }
}
