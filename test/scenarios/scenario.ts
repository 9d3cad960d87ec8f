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
  /** What happens after it, one thing after another; lab only. */
  next?: Step[]
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
      /** Its web server speaks TLS; lab only. */
      tls?: ServerTls
    }
  | {kind: 'stand-in'; name: string; behaviour: ReceiverBehaviour; tls?: ServerTls}
  | {kind: 'victoria-metrics'; name: string; flags?: string[]} // lab only
  | {kind: 'black-hole'; name: string} // connections to it are never answered, not even refused

/** What is wrong with a receiver's certificate, if anything; all come from the lab's own authority. */
export type ServerTls = 'valid' | 'other-name' | 'expired' | 'wants-client-certificate'

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
  targets?: 'itself' | 'none' | 'refused' | TargetBehaviour
  /** Fields of its scrape jobs beside the targets (sample_limit, scrape_timeout). */
  scrape?: Record<string, unknown>
  /** Of its container, as a Kubernetes quantity; clusters only. */
  cpuLimit?: string
  /** Whole scrape_configs entries beside its own. */
  otherJobs?: Record<string, unknown>[]
  /** It takes remote writes itself: a relay. Other agents write to it by its pod's name; lab only. */
  takesRemoteWrite?: boolean
  /** Arguments beside the usual ones; lab only. */
  flags?: string[]
  /** Its data lie on a file system of this size, which takes root in the lab and a privileged init container in clusters. */
  diskMebibytes?: number
  /** What becomes of its pod. Default running. */
  fate?: PodFate
}

/** A target of its own that answers scrapes in a way of its own; lab only. */
export type TargetBehaviour =
  | {kind: 'series'; count: number; labelBytes?: number} // gauges that change at every scrape
  | {kind: 'status'; status: number}
  | {kind: 'late'; seconds: number}
  | {kind: 'content-type'; contentType: string}
  | {kind: 'same-time-twice'} // one series twice with two values
  | {kind: 'back-in-time'} // every scrape an earlier timestamp
  | {kind: 'ahead'; seconds: number} // one series with timestamps in the future, others without any

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
  /** https:// to this receiver whatever it speaks, or http://; default: what it speaks. Lab only, as is all below. */
  scheme?: 'http' | 'https'
  /** Default /api/v1/write. */
  path?: string
  /** `authority`: trusts the lab's; `client-certificate`: shows one, too. */
  tls?: 'authority' | 'client-certificate'
  /** Name of a receiver that stands in the way as a proxy. */
  proxy?: string
  /** Further fields of its remote_write entry, and of its queue_config. */
  more?: Record<string, unknown>
  queue?: Record<string, unknown>
}

export type Fault =
  | {kind: 'stop-receiver'; receiver: string}
  | {kind: 'remove-receiver'; receiver: string} // its pod and with it its address; clusters only, the lab's loopback addresses stay
  | {kind: 'switch-receiver'; receiver: string; behaviour: ReceiverBehaviour}
  | {kind: 'break-config'; context: string} // a config file that does not load, and a reload
  | {kind: 'fill-disk'; context: string} // all but a little of the agent's disk

/** Faults that need the agents' processes and files in reach. */
export type LabFault =
  | {kind: 'restart-agent'; context: string} // killed and started again on the same data
  | {kind: 'corrupt-wal'; context: string} // the same, with bytes flipped in the middle of its WAL

type Step = {apply: Fault | LabFault} | {wait: Condition | LabCondition}

/** Of the agents in `context`, or of all running ones. */
export type Condition = {context?: string} & (
  | {kind: 'metric'; metric: string; atLeast: number} // sum over its series
  | {kind: 'uptime'; seconds: number}
  | {kind: 'nothing-sent-for'; seconds: number} // since the newest sample that was sent
)

export type LabCondition =
  | {kind: 'metric-at-most'; metric: string; atMost: number} // each of its series
  | {kind: 'log'; text: string} // a line of an agent's log holds it
  | {kind: 'segment-gone'; segment: number} // the WAL's oldest segment is a newer one
  | {kind: 'caught-up'; withinSeconds: number} // the newest sample sent is at most this old
