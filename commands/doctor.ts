import {Command} from '@oclif/core/command'
import {matchChecks} from '../src/checks/match.ts'
import {runChecks} from '../src/checks/run.ts'
import {exitCodes} from '../src/command-line/exit-codes.ts'
import {collectFlags, judgingFlags, outputFlags, replayFlags, scopeFlags} from '../src/command-line/flags.ts'
import {takeEvidence} from '../src/command-line/take-evidence.ts'
import {writeReport} from '../src/command-line/write-report.ts'
import {diagnose, wantsAnotherScrape} from '../src/diagnose/diagnose.ts'
import {failedReport} from '../src/diagnose/failed-report.ts'
import {UserError} from '../src/errors.ts'
import {readFacts} from '../src/facts/facts.ts'
import {renderJson} from '../src/report/json.ts'

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
    const hint = error instanceof UserError ? error.hint : null
    if (asksForJson(this.argv)) {
      // Scripts get a document on every exit, with the error in it.
      process.stdout.write(renderJson(failedReport(error.message, hint, this.config.version, new Date())))
      process.exitCode = exitCodes.notStarted
      return
    }
    if (!(error instanceof UserError)) throw error
    this.error(error.message, {exit: exitCodes.notStarted, ...(hint !== null && {suggestions: [hint]})})
  }
}

/** Read from the raw arguments, because parsing them may be what failed. */
function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      ['-ojson', '-o=json', '--output=json'].includes(arg) ||
      (arg === 'json' && ['-o', '--output'].includes(args[index - 1] ?? '')),
  )
}
