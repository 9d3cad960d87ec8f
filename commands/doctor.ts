import {Command} from '@oclif/core/command'
import {matchChecks} from '../src/checks/match.ts'
import {runChecks} from '../src/checks/run.ts'
import {centralAccess} from '../src/command-line/central.ts'
import {fail} from '../src/command-line/fail.ts'
import {
  centralFlags,
  collectFlags,
  judgingFlags,
  outputFlags,
  replayFlags,
  scopeFlags,
} from '../src/command-line/flags.ts'
import {expectationsOf, fleetFlags, withFleet} from '../src/command-line/fleet.ts'
import {refuseUnwritable} from '../src/command-line/output-file.ts'
import {probeOnRequest, probeOnRequestFlags} from '../src/command-line/probe-flags.ts'
import {takeEvidence} from '../src/command-line/take-evidence.ts'
import {writeReport} from '../src/command-line/write-report.ts'
import {wantsAnotherScrape} from '../src/diagnose/another-scrape.ts'
import {diagnose} from '../src/diagnose/diagnose.ts'
import {failedReport} from '../src/diagnose/failed-report.ts'
import {readFacts} from '../src/facts/facts.ts'

export default class Doctor extends Command {
  static override summary = 'is data arriving, what is the one cause, how long until loss, what to do and what not'
  static override description =
    `Looks at every Prometheus agent of the chosen contexts: two scrapes, configuration, targets, log and pod. It only reads; with --probe it also sends each receiver an empty write, which stores nothing.

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
  static override flags = {
    ...scopeFlags,
    ...fleetFlags,
    ...collectFlags,
    ...centralFlags,
    ...probeOnRequestFlags,
    ...replayFlags,
    ...judgingFlags,
    ...outputFlags,
  }

  async run(): Promise<void> {
    const {flags: given} = await this.parse(Doctor)
    const {flags, fleet, thresholds} = await withFleet(given)
    const only = matchChecks(flags.only ?? [], '--only')
    const skip = matchChecks(flags.skip ?? [], '--skip')
    await refuseUnwritable(flags['output-file'])
    const {evidence, interruptedWith} = await takeEvidence(
      flags,
      this.config.version,
      agent => wantsAnotherScrape(agent, thresholds),
      {central: {access: centralAccess(flags)}},
      probeOnRequest(flags),
    )
    const facts = readFacts(evidence, {thresholds})
    const expected = expectationsOf(fleet, given, evidence)
    const run = runChecks(facts, {only, skip, identityLabels: flags['identity-label'], expected})
    const report = diagnose(facts, run, {failOn: flags['fail-on'], interruptedWith, fleetFile: flags.fleetFile})
    await writeReport(flags, report, async options => {
      const {renderTerminal} = await import('../src/report/terminal.ts')
      return renderTerminal(report, options)
    })
    process.exitCode = report.exitCode
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error, failedReport)
  }
}
