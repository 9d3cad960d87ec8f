import {REPLICA_LABELS} from '../../facts/groups.ts'
import {readShadows, type Shadow} from '../../facts/identity/shadows.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatCount} from '../../units.ts'
import {defineCheck, type EvidenceLine} from '../check.ts'
import {changeLabels} from '../external-labels.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {missingPiece} from '../missing.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

export default defineCheck({
  id: 'labels/shadowed',
  title: 'external labels reach the central with the value that they were given',
  severity: 'warning',
  explains: [],
  needs: ['config', 'targets'],
  evaluate: (facts, {identityLabels}) => judgeAgents(facts, agent => judge(agent, identityLabels)),
  documentation: `
Active targets (\`/api/v1/targets\`) have a label of the same name as an external label, with another value. Remote write adds an external
label only where a series has none of that name (\`storage/remote/queue_manager.go\`), so the target's wins. Where the targets' labels are
not known, the configuration is looked at: \`labels\` of static_configs, relabel_configs, metric_relabel_configs that set such a label
without a condition.

A warning for the identity label (\`--identity-label\`) and for labels of replicas, info for others, which are often meant so. The same
value twice is no conflict.

The usual maker is a scrape class of the Prometheus Operator: its \`relabelings\` run on targets, where \`__name__\` does not exist, so
a rule with \`sourceLabels: [__name__]\` and \`regex: (.*)\` always fires and sets its constant on every target.

**Why it matters.** The data stands at the central under another identity than the configuration of the agent says: it is looked for
in vain, or mixes with that of the cluster whose name it bears.

**What to do.** Take the rule or label away from the targets, or rename it there.

**What not to do.** A labeldrop in write_relabel_configs does not help: external labels are added before it, and never overwrite.
`,
})

function judge(agent: AgentFacts, identityLabels: readonly string[]): Judgement {
  if (agent.config === null)
    return agent.pod === '' ? 'does-not-apply' : {unknown: missingPiece('its configuration', agent.evidence.config)}
  if (agent.config.remoteWrites.length === 0) return 'does-not-apply'
  const shadows = readShadows(agent)
  const grave = shadows.filter(({label}) => identityLabels.includes(label) || REPLICA_LABELS.includes(label))
  const [first] = grave.length > 0 ? grave : shadows
  if (!first) return 'holds'
  const labels = listInWords((grave.length > 0 ? grave : shadows).map(({label}) => label))
  const who =
    first.targets === null || first.active === null
      ? 'jobs of its configuration set'
      : `${formatCount(first.targets)} of the ${formatCount(first.active)} targets ${first.targets === 1 ? 'brings' : 'bring'}`
  return {
    severity: grave.length > 0 ? 'warning' : 'info',
    blame: 'config',
    title: `at ${agentWords(agent)} ${who} the label ${labels}, which wins over the external label`,
    evidence: shadows.flatMap(linesOf),
    why: 'Remote write adds an external label only where a series has none of that name: what these targets send stands at the central under their own value.',
    remedy: changeLabels(
      agent,
      where =>
        `remove or rename ${labels} where the targets get it (${first.setBy ?? 'relabel_configs, a scrape class, labels of discovery'}), kept in ${where}`,
    ),
  }
}

function linesOf({label, value, values, targets, jobs, setBy}: Shadow): EvidenceLine[] {
  const other =
    values.length === 0
      ? 'other values'
      : listInWords(
          values.map(each => JSON.stringify(excerpt(each, 60))),
          'or',
        )
  return [
    {
      what: label,
      value: excerpt(`${JSON.stringify(excerpt(value, 60))} as external label, ${other} at ${listInWords(jobs)}`),
      source: targets === null ? `running configuration, ${setBy ?? ''}` : '/api/v1/targets',
    },
  ]
}
