/** Makes one fault happen to one release and looks at it, with promfleet and as people do without. */
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import pLimit from 'p-limit'
import {startLab} from '../lab/lab.ts'
import type {PrometheusBinaries} from '../lab/prometheus.ts'
import type {Version} from '../scenarios/scenario.ts'
import {type HandMade, handMade, stockAlerts} from './baselines.ts'
import {expectationOf, type FaultCase, scenarioOf} from './fault-case.ts'
import {explain} from './judge.ts'
import {look} from './look.ts'
import {type Verdict, verdictOf, wrongIn} from './verdict.ts'

export interface Outcome {
  fault: string
  kind: FaultCase['kind']
  version: Version
  expected: Verdict
  /** Null when the fault did not come about. */
  seen: Verdict | null
  wrong: string[]
  handMade: HandMade
  alerts: string[]
  /** For whoever asks why it is wrong. */
  details: string
  seconds: number
}

const looks = pLimit(6) // at once: each is mostly waiting

export async function runFault(
  fault: FaultCase,
  version: Version,
  {
    binaries,
    directory,
    program,
    victoriaMetrics,
    keepBundle,
  }: {
    binaries: PrometheusBinaries
    victoriaMetrics: string | null
    /** For bundles between capture and replay. */
    directory: string
    /** See buildProgram. */
    program: string
    keepBundle?: ((bundle: string) => Promise<void>) | undefined
  },
): Promise<Outcome> {
  const began = Date.now()
  const scenario = scenarioOf(fault, version)
  const {topCause, state, exitCode} = expectationOf(fault, version)
  const outcome: Outcome = {
    ...{fault: fault.name, kind: fault.kind, version, expected: {topCause, state, exitCode}},
    ...{seen: null, wrong: [], handMade: 'nothing', alerts: [], details: '', seconds: 0},
  }
  try {
    const lab = await startLab([scenario], {binaries, victoriaMetrics, timeoutSeconds: 240})
    try {
      await lab.ready(scenario)
      const bundleFile = path.join(directory, `${fault.name}-${version}.json.gz`)
      const take = () => look(lab.kubeconfig, lab.agentContexts(scenario), {bundleFile, program})
      const {evidence, bundle, report, replayProblem} = await (fault.urgent ? take() : looks(take))
      outcome.seen = verdictOf(report)
      outcome.wrong = [...wrongIn(report, scenario.expect), ...(replayProblem === null ? [] : [replayProblem])]
      outcome.details = explain(report)
      const agents = evidence.contexts.flatMap(context => context.agents)
      const texts = agents.map(agent => agent.scrapes.flatMap(scrape => (scrape.ok ? [scrape.value.text] : [])))
      const logs = await Promise.all(lab.logs(scenario).map(log => readFile(log, 'utf8')))
      outcome.handMade = handMade(
        topCause,
        logs.join('\n'),
        texts.flatMap(own => own.slice(-1)),
      )
      outcome.alerts = [...new Set(texts.flatMap(own => stockAlerts(own[0] ?? '', own.at(-1) ?? '')))]
      await keepBundle?.(bundle)
    } finally {
      await lab.stop()
    }
  } catch (error) {
    outcome.wrong.push(`did not come about: ${error instanceof Error ? error.message : String(error)}`)
  }
  return {...outcome, seconds: Math.round((Date.now() - began) / 1000)}
}
