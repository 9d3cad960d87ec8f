import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {ALL_PIECES} from '../src/collect/agent/pieces.ts'
import {encodeWithoutSecrets, makeBundle} from '../src/collect/bundle/bundle.ts'
import {refuseOverwriting, writeBundleFile} from '../src/collect/bundle/file.ts'
import {centralAccess} from '../src/command-line/central.ts'
import {exitCodes} from '../src/command-line/exit-codes.ts'
import {fail} from '../src/command-line/fail.ts'
import {centralFlags, collectFlags, scopeFlags} from '../src/command-line/flags.ts'
import {fleetFlags, withFleet} from '../src/command-line/fleet.ts'
import {refuseUnwritable} from '../src/command-line/output-file.ts'
import {takeLive} from '../src/command-line/take-evidence.ts'
import {wantsAnotherScrape} from '../src/diagnose/another-scrape.ts'
import {renderCaptured} from '../src/report/captured.ts'

export default class Capture extends Command {
  static override summary =
    'write what the doctor would look at to a file, secrets removed, to be judged later or elsewhere'
  static override description =
    `The file is a bundle: one gzipped JSON document with a manifest of what was taken and what was masked. It holds evidence, no conclusions; "promfleet doctor --from FILE" judges it as the live run would have, and lag, labels, probe and logs read it, too. Look into it with: zcat FILE | jq .manifest

What it holds is yours: names of clusters, namespaces, pods and receivers, log lines, configurations, labels of targets and names of their metrics. Read it before you hand it on. Of agents with very many targets it holds an even part of their labels and metric names. It does not hold the fleet file: which agents are expected, and the thresholds, are given again to whatever judges it (--fleet).

EXIT CODES
  0  a bundle was written
  2  no bundle was written: usage, no such context, a file that is there, something like a secret; or a bug
  3  a bundle was written, but there was no agent to be read
  130, 143  interrupted, terminated: what was known by then is in the bundle`
  static override usage =
    '<%= command.id %> [--context NAME... | --all-contexts] [--output-file FILE [--force]] [FLAGS]'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --context cluster2',
    '<%= config.bin %> <%= command.id %> --all-contexts --output-file fleet.json.gz && <%= config.bin %> doctor --from fleet.json.gz',
  ]
  static override flags = {
    ...scopeFlags,
    ...fleetFlags,
    ...collectFlags,
    ...centralFlags,
    'output-file': Flags.string({
      helpGroup: 'OUTPUT',
      helpValue: 'FILE',
      description: 'the bundle to write; default: promfleet-<time>.json.gz in the working directory',
    }),
    force: Flags.boolean({helpGroup: 'OUTPUT', description: 'replace the file if it is there'}),
  }

  async run(): Promise<void> {
    const {flags: given} = await this.parse(Capture)
    const {flags, thresholds} = await withFleet(given)
    const {force} = flags
    // Asked before a take of many seconds, and once more when the bundle is written.
    if (flags['output-file'] !== undefined) await refuseOverwriting(flags['output-file'], {force})
    await refuseUnwritable(flags['output-file'] ?? defaultFile(new Date().toISOString()))
    const taken = await takeLive(
      {...flags, quiet: false},
      this.config.version,
      agent => wantsAnotherScrape(agent, thresholds),
      {pieces: [...ALL_PIECES, 'labels'], forBundle: true, central: {access: centralAccess(flags)}},
    )
    const {evidence, credentials, interruptedWith} = taken
    const bundle = makeBundle(evidence)
    const file = flags['output-file'] ?? defaultFile(evidence.takenAt)
    const bytes = await writeBundleFile(file, encodeWithoutSecrets(bundle, credentials), {force})
    process.stdout.write(
      renderCaptured(bundle.manifest, {file, bytes, ended: evidence.ended, fleetFile: flags.fleetFile}),
    )
    const hasAgents = evidence.contexts.some(({agents}) => agents.length > 0)
    process.exitCode = interruptedWith ?? (hasAgents ? exitCodes.healthy : exitCodes.undecided)
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error)
  }
}

function defaultFile(takenAt: string): string {
  return `promfleet-${takenAt.replace(/[-:]|\.\d+/g, '')}.json.gz`
}
