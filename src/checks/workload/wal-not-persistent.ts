import type {VolumeEvidence} from '../../evidence/types.ts'
import {walVolume} from '../../facts/wal/wal-volume.ts'
import {cautionBefore} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {settingsOf} from '../kubectl.ts'
import {missingPiece} from '../missing.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'workload/wal-not-persistent',
  title: 'the WAL of every agent outlives its pod',
  severity: 'info',
  explains: [],
  needs: ['pod-status', 'flags', 'ready'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      if (agent.evidence.podStatus === null)
        return agent.pod === '' ? 'does-not-apply' : {unknown: 'the state of its pod was not read'}
      const volume = walVolume(agent.evidence)
      if (volume === null)
        return {unknown: `where its WAL lies is not known: ${missingPiece('its flags', agent.evidence.flags)}`}
      if (volume !== 'none' && volume.kind !== 'empty-dir') return 'holds'
      const {kept, show, operator} = settingsOf(agent)
      return {
        severity: 'info',
        blame: 'config',
        title: `${agentWords(agent)} keeps its WAL ${placeOf(volume)}`,
        evidence: [
          {what: 'volume', value: volume === 'none' ? 'none' : `${volume.name}, emptyDir`, source: 'pod spec'},
        ],
        why: 'Less is at stake than it seems: remote write never sends what was in the WAL before a start, with or without a volume. What a volume saves is the start itself (no gap in series, no new replay from nothing), and room that is not shared with the node.',
        remedy: [
          ...cautionBefore(agent),
          {
            text: operator
              ? `give it a volume claim: storage.volumeClaimTemplate in ${kept} (not to be had in DaemonSet mode)`
              : `give it a volume claim at its --storage.agent.path in ${kept}`,
            changes: true,
          },
          {text: 'see what is set', command: show, changes: false},
        ],
      }
    }),
  documentation: `
The directory of the WAL (\`--storage.agent.path\`) is on an emptyDir, or on no volume at all: then it is gone with the pod, or with the
container.

**Why it matters.** Mostly it does not, which is why this is a remark. Remote write sends only what is written after its own start
(prometheus/prometheus#8809), so a WAL that outlives the pod does not save unsent data. An emptyDir takes its room from the node, where
other pods may fill it, and the container's own layer is slow and counts as ephemeral storage.

**What to do.** Nothing, for an agent that may lose a few minutes at a restart. A claim where the node's disk is small or the start must
be quick.

**What not to do.** Do not count on the WAL as a buffer across restarts, whatever it lies on: two replicas are that.
`,
})

function placeOf(volume: VolumeEvidence | 'none'): string {
  return volume === 'none'
    ? 'in its container, where a restart of the container deletes it'
    : 'on an emptyDir, which goes with the pod'
}
