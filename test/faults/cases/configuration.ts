/** Agents that do what they were told, and were told the wrong thing. */
import {behaviours} from '../../lab/receiver.ts'
import {central, oldEnough} from '../../scenarios/parts.ts'
import {agent, answering, type FaultCase} from '../fault-case.ts'

const takes = answering(behaviours.accept)

export const configurationCases: FaultCase[] = [
  {
    name: 'reload-failed',
    title: 'an agent whose new configuration does not load goes on with the old one',
    kind: 'fault',
    trouble: version => ({
      receivers: takes,
      agents: [agent(version)],
      fault: {kind: 'break-config', context: 'cluster2'},
      until: [oldEnough],
    }),
    expect: {topCause: 'config/reload-failed', state: 'delivering', exitCode: 1},
  },
  {
    name: 'bad-configuration-at-start',
    title: 'an agent that dies of its configuration again and again is silent',
    kind: 'fault',
    trouble: version => ({receivers: takes, agents: [agent(version, {}, {fate: 'crash-looping'})], until: []}),
    expect: {topCause: 'workload/crash-looping', state: 'silent', exitCode: 1},
  },
  {
    name: 'out-of-memory',
    title: 'an agent killed for its memory again and again is out of memory, not merely crashing',
    kind: 'fault',
    trouble: version => ({receivers: takes, agents: [agent(version, {}, {fate: 'out-of-memory'})], until: []}),
    expect: {topCause: 'workload/out-of-memory', state: 'silent', exitCode: 1},
  },
  {
    name: 'pending',
    title: 'an agent that found no node is silent, in the words of the scheduler',
    kind: 'fault',
    versions: ['3.5'], // nothing runs
    trouble: version => ({receivers: takes, agents: [agent(version, {}, {fate: 'pending'})], until: []}),
    expect: {topCause: 'workload/not-running', state: 'silent', exitCode: 1},
  },
  {
    name: 'no-endpoint',
    title: 'an agent without an endpoint is silent',
    kind: 'fault',
    trouble: version => ({receivers: [], agents: [agent(version, {}, {remoteWrite: []})], until: [oldEnough]}),
    expect: {topCause: 'config/no-remote-write', state: 'silent', exitCode: 1},
  },
  {
    name: 'relabel-drops-everything',
    title: 'write_relabel_configs that drop all make an agent silent, and nothing failed',
    kind: 'fault',
    trouble: version => ({
      receivers: takes,
      agents: [
        agent(version, {
          more: {write_relabel_configs: [{source_labels: ['__name__'], regex: '.+', action: 'drop'}]},
        }),
      ],
      until: [oldEnough],
    }),
    expect: {topCause: 'config/relabel-drops-everything', state: 'silent', exitCode: 1},
  },
  {
    name: 'capacity-below-batch',
    title: 'a queue that holds less than a batch is a hazard and delivers all the same',
    kind: 'fault',
    trouble: version => ({
      receivers: takes,
      agents: [agent(version, {queue: {capacity: 100, max_samples_per_send: 1000}})],
      until: [oldEnough],
    }),
    expect: {topCause: 'config/queue-hazard', state: 'delivering', exitCode: 0},
  },
  {
    name: 'cluster-label-missing',
    title: 'an agent without external labels delivers what nobody can tell apart',
    kind: 'fault',
    trouble: version => ({
      receivers: takes,
      agents: [agent(version, {}, {externalLabels: {}})],
      until: [oldEnough],
    }),
    expect: {topCause: 'labels/missing', state: 'delivering', exitCode: 1},
  },
  {
    name: 'cluster-label-variable',
    title: 'a variable in the place of a cluster label tells nobody where data comes from',
    kind: 'fault',
    versions: ['2.42', '2.53'], // 3.x replaces it, by nothing where the environment lacks it
    trouble: version => ({
      receivers: takes,
      agents: [agent(version, {}, {externalLabels: {cluster: `\${CLUSTER_NAME}`}})],
      until: [oldEnough],
    }),
    expect: {topCause: 'labels/missing', state: 'delivering', exitCode: 1},
  },
  {
    name: 'runs-as-server',
    title: 'a server in the place of an agent is a warning while it delivers',
    kind: 'fault',
    trouble: version => ({
      receivers: takes,
      agents: [agent(version, {}, {runsAs: 'server'})],
      until: [oldEnough],
    }),
    expect: {topCause: 'workload/not-an-agent', state: 'delivering', exitCode: 0},
  },
  {
    name: 'old-agent-flag',
    title: 'a 3.x binary with the 2.x flag runs as a server and says so',
    kind: 'fault',
    versions: ['3.5'],
    trouble: version => ({
      receivers: [central],
      agents: [agent(version, {}, {runsAs: 'server-with-agent-flag'})],
      until: [oldEnough],
    }),
    expect: {topCause: 'workload/not-an-agent', state: 'delivering', exitCode: 0},
  },
]
