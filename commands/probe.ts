import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {centralAccess, openCentral} from '../src/command-line/central.ts'
import {wait} from '../src/command-line/duration.ts'
import {fail} from '../src/command-line/fail.ts'
import {centralFlags, collectFlags, outputFlags, replayFlags, scopeFlags} from '../src/command-line/flags.ts'
import {expectationsOf, fleetFlags, withFleet} from '../src/command-line/fleet.ts'
import {refuseUnwritable} from '../src/command-line/output-file.ts'
import {probeAfterTake, probeFlags} from '../src/command-line/probe-flags.ts'
import {takeEvidence} from '../src/command-line/take-evidence.ts'
import {writeReport} from '../src/command-line/write-report.ts'
import {wantsLongerLook} from '../src/diagnose/probe/refused-before.ts'
import {failedProbeReport, reportProbe} from '../src/diagnose/probe/report-probe.ts'
import {UserError} from '../src/errors.ts'
import {readFacts} from '../src/facts/facts.ts'
import {renderProbe} from '../src/report/probe/probe.ts'

export default class Probe extends Command {
  static override summary = 'the way from the agents to their receivers, layer by layer: the first one that fails'
  static override description =
    `For each endpoint: name, connection, proxy, TLS, HTTP, authentication, is it a remote-write receiver, does it accept. Seen by what the agents have measured, from this machine, and with --from-pod from their pods; where these differ it says which to believe. Whether what is taken is stored is read at the central (--central-url, --central-context, or found by the endpoints' addresses).

It sends each endpoint one write without a single series, which stores nothing. Passwords and keys of the agents cannot be read and are not sent.

EXIT CODES
  0  every way works
  1  a way is broken, or what is taken is not stored
  2  could not start: usage, no such context, unreadable bundle; or a bug
  3  none is known to be broken, but of one it is not known, or whether a central that was named stores it is not, or there is none, or an agent has no remote_write, or one that the fleet file expects is not there
  130, 143  interrupted, terminated: what was known by then is printed`
  static override usage =
    '<%= command.id %> [--context NAME... | --all-contexts | --from BUNDLE] [--from-pod [--image IMAGE]] [-o table|wide|json] [FLAGS]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --context cluster2',
    '<%= config.bin %> <%= command.id %> --context cluster2 --agent agent-0 --from-pod',
    '<%= config.bin %> <%= command.id %> --remote-url central.example.com --remote-user agent --remote-password-file password',
    '<%= config.bin %> <%= command.id %> --canary --central-url https://mimir.example.com/prometheus',
    "<%= config.bin %> <%= command.id %> -o json | jq '.endpoints[].verdict'",
  ]
  static override flags = {
    ...scopeFlags,
    ...fleetFlags,
    ...probeFlags,
    canary: Flags.boolean({
      helpGroup: 'PROBE',
      exclusive: ['from'],
      description:
        'write one sample of promfleet_canary in the name of each agent (its external labels; 20 agents at most), and time until the central (--central-url, --central-context) shows it',
    }),
    ...centralFlags,
    ...collectFlags,
    interval: Flags.custom<number>({parse: wait})({
      helpGroup: 'COLLECTING',
      helpValue: 'TIME',
      description:
        'between two scrapes, default 0: one scrape, since the way is told by levels and the log; where these leave open whether refusals are over, more are taken for at most 40s, unless 0 is given',
    }),
    ...replayFlags,
    ...outputFlags,
  }

  async run(): Promise<void> {
    const {flags: typed} = await this.parse(Probe)
    const {flags: given, fleet, thresholds} = await withFleet(typed)
    // Levels and the log tell whether an agent gets there; nobody should wait ten seconds for rates.
    const flags = {...given, interval: given.interval ?? 0}
    if (flags.canary && centralAccess(flags) === null)
      throw new UserError(
        '--canary has no central to read its sample back from',
        'give --central-url or --central-context',
      )
    await refuseUnwritable(flags['output-file'])
    const {evidence, interruptedWith} = await takeEvidence(
      flags,
      this.config.version,
      agent => given.interval !== 0 && wantsLongerLook(agent, thresholds),
      {pieces: ['web', 'log'], central: {access: centralAccess(flags)}},
      probeAfterTake(flags, flags.canary ? signal => openCentral(flags, signal) : null),
    )
    const facts = readFacts(evidence, {thresholds})
    const {missingAgents} = await import('../src/checks/missing-agents.ts')
    const expectedMissing = missingAgents(facts, expectationsOf(fleet, typed, evidence))
    const report = reportProbe(facts, {interruptedWith, fleetFile: flags.fleetFile, expectedMissing})
    await writeReport(flags, report, options => renderProbe(report, options))
    process.exitCode = report.exitCode
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error, failedProbeReport)
  }
}
