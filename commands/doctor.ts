import {Command} from '@oclif/core/command'
import {matchChecks} from '../src/checks/match.ts'
import {runChecks} from '../src/checks/run.ts'
import {fail} from '../src/command-line/fail.ts'
import {collectFlags, judgingFlags, outputFlags, replayFlags, scopeFlags} from '../src/command-line/flags.ts'
import {refuseUnwritable} from '../src/command-line/output-file.ts'
import {takeEvidence} from '../src/command-line/take-evidence.ts'
import {writeReport} from '../src/command-line/write-report.ts'
import {diagnose, wantsAnotherScrape} from '../src/diagnose/diagnose.ts'
import {failedReport} from '../src/diagnose/failed-report.ts'
import {readFacts} from '../src/facts/facts.ts'

export default class Doctor extends Command {
  static override summary = 'is data arriving, what is the one cause, how long until loss, what to do and what not'
  static override description =
    `Looks at every Prometheus agent of the chosen contexts: two scrapes, configuration, targets, log and pod. It only reads.

EXIT CODES
  0  looked, and found nothing at or above --fail-on
  1  findings at or above it (access/* never counts)
  2  could not start: usage, no such context, unreadable bundle; or a bug
  3  nothing failing was found, but something could not be looked at, or there is no agent
  130, 143  interrupted, terminated: what was known by then is printed`
  static override usage =
    '<%= command.id %> [--context NAME... | --all-contexts | --from BUNDLE] [-o table|wide|json] [FLAGS]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --context cluster2',
    "<%= config.bin %> <%= command.id %> --context 'prod-*' -o json | jq '.findings[0]'",
    '<%= config.bin %> <%= command.id %> --all-contexts --fail-on warning',
    '<%= config.bin %> <%= command.id %> --from promfleet-20261123T020000Z.json.gz',
  ]
  static override flags = {...scopeFlags, ...collectFlags, ...replayFlags, ...judgingFlags, ...outputFlags}

  async run(): Promise<void> {
    const {flags} = await this.parse(Doctor)
    const only = matchChecks(flags.only ?? [], '--only')
    const skip = matchChecks(flags.skip ?? [], '--skip')
    if (flags['output-file'] !== undefined) await refuseUnwritable(flags['output-file'])
    const {evidence, interruptedWith} = await takeEvidence(flags, this.config.version, wantsAnotherScrape)
    const facts = readFacts(evidence)
    const report = diagnose(facts, runChecks(facts, {only, skip, identityLabels: flags['identity-label']}), {
      failOn: flags['fail-on'],
      interruptedWith,
    })
    await writeReport(report, flags)
    process.exitCode = report.exitCode
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error, failedReport)
  }
}
