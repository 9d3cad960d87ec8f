/**
 * What can happen to a fleet, as data: who runs where, what goes wrong, what a doctor has to say. Drivers make it real, the lab
 * with processes (test/lab/lab.ts), others in clusters; nothing here knows how.
 */
import type {State} from '../../src/diagnose/report.ts'

/** Prometheus releases that scenarios ask for; major and minor. */
export type Version = '2.42' | '2.53' | '3.5'

export interface Scenario {
  /** kebab-case; what `npm run demo -- --fault NAME` takes. */
  name: string
  /** The promise that a test of it makes. */
  title: string
  receivers: ReceiverSpec[]
  agents: AgentSpec[]
  /** Happens once every running agent has sent its first samples. */
  fault?: Fault
  /** What has to be true of the agents before anyone looks; all of them. */
  until: Condition[]
  expect: Expectation
}

export interface Expectation {
  /** The finding that leads the report; null: none above info. */
  topCause: string | null
  /** Worst state of the scenario's agents. */
  state: State
  exitCode: 0 | 1 | 3
  /** Words that the state's reason holds. */
  reason?: string
  /** Queues (remote_name) that are worse than delivering, when only some are. */
  queues?: string[]
}

/** What agents write to. */
export type ReceiverSpec =
  | {
      kind: 'prometheus'
      name: string
      /** Where its pod is to be seen. */
      context: string
      version: Version
      /** --web.enable-remote-write-receiver */
      takesRemoteWrite: boolean
      /** Its web server wants this user. */
      basicAuth?: BasicAuth
    }
  | {kind: 'stand-in'; name: string; behaviour: ReceiverBehaviour}
  | {kind: 'black-hole'; name: string} // connections to it are never answered, not even refused

/** How a stand-in receiver answers writes. */
export type ReceiverBehaviour =
  | {kind: 'accept'} // 204
  | {kind: 'answer'; status: number; body?: string; headers?: Record<string, string>}
  | {kind: 'hang'} // reads the request, never answers
  | {kind: 'reset'} // closes the connection in the middle
  | {kind: 'slow'; seconds: number} // 204, late

export interface BasicAuth {
  username: string
  password: string
}

export interface AgentSpec {
  context: string
  /** The pod's name, within namespace `monitoring`. */
  name: string
  version: Version
  /** `server`: full Prometheus; `server-with-agent-flag`: 3.x started with the 2.x flag, which it ignores. Default agent. */
  runsAs?: 'agent' | 'server' | 'server-with-agent-flag'
  /** Of its pod; default those of an agent of the Prometheus Operator. */
  labels?: Record<string, string>
  /** Default {cluster: CONTEXT}. */
  externalLabels?: Record<string, string>
  remoteWrite: RemoteWriteSpec[]
  /** What it scrapes: its own /metrics, nothing at all, or targets where nothing listens. Default itself. */
  targets?: 'itself' | 'none' | 'refused'
  /** What becomes of its pod. Default running. */
  fate?: PodFate
}

/** `volume-missing` needs a kubelet: clusters only. */
export type PodFate = 'running' | 'pending' | 'volume-missing' | 'crash-looping' | 'out-of-memory'

export interface RemoteWriteSpec {
  /** Name of a receiver of the scenario, or a whole URL. */
  to: string
  /** remote_name; without it Prometheus makes one up. */
  name?: string
  basicAuth?: BasicAuth
  /** Default: Prometheus' own, 30 s. */
  timeoutSeconds?: number
}

export type Fault =
  | {kind: 'stop-receiver'; receiver: string}
  | {kind: 'remove-receiver'; receiver: string} // its pod and with it its address; clusters only, the lab's loopback addresses stay
  | {kind: 'switch-receiver'; receiver: string; behaviour: ReceiverBehaviour}
  | {kind: 'break-config'; context: string} // a config file that does not load, and a reload

/** Of the agents in `context`, or of all running ones. */
export type Condition = {context?: string} & (
  | {kind: 'metric'; metric: string; atLeast: number} // sum over its series
  | {kind: 'uptime'; seconds: number}
  | {kind: 'nothing-sent-for'; seconds: number} // since the newest sample that was sent
)
