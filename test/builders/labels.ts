/** Labels of targets for tests: a digest of targets of job `pods`, one per instance. */
import type {TargetLabels} from '../../src/evidence/labels.ts'

/** `names`: values by label name, each at one target. */
export function aTargetDigest(instances: string[], names: Record<string, string[]> = {}): TargetLabels {
  return {
    names: Object.entries(names).map(([name, values]) => ({
      ...{name, targets: values.length, distinct: new Set(values).size, jobs: ['pods']},
      values: [...new Set(values)].map(value => ({value, targets: values.filter(other => other === value).length})),
    })),
    sample: instances.map(instance => ({job: 'pods', instance, hash: `hash of ${instance}`})),
  }
}
