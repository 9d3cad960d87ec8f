/** What is known of Prometheus releases: how they count, what they changed, and which of them are to be left. Pure data. */

export interface PrometheusVersion {
  /** As `prometheus_build_info` or an image tag gives it: `3.5.3+ds1`. */
  text: string
  major: number
  minor: number
  patch: number
}

/** The version of an agent, and where it was read. */
export interface AgentVersion extends PrometheusVersion {
  source: 'prometheus_build_info' | '/api/v1/status/buildinfo' | "the image's tag"
}

/** Reads `3.5.3`, `v2.53.0`, `3.5.3+ds1`, `2.54.0-rc.1`; null when no version stands at the start (`latest`, a digest). */
export function parseVersion(text: string): PrometheusVersion | null {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![\d.])/.exec(text.trim())
  if (!match) return null
  return {text: text.trim(), major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0)}
}

type Release = Pick<PrometheusVersion, 'major' | 'minor' | 'patch'>

/** Negative when `a` is older; suffixes such as `+ds1` and `-rc.1` do not count. */
export function compareVersions(a: Release, b: Release): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch
}

/** True when `version` is this release (`'3.7'`, `'2.53.1'`) or newer. */
export function isAtLeast(version: Release, release: string): boolean {
  return compareVersions(version, releaseOf(release)) >= 0
}

function releaseOf(text: string): PrometheusVersion {
  const release = parseVersion(text)
  if (!release) throw new TypeError(`not a release: ${text}`)
  return release
}

/** remote_write defaults, oldest first; the last row whose `since` is reached holds (config/config.go at the release tags). */
const QUEUE_DEFAULTS: readonly {
  since: string
  maxShards: number
  minShards: number
  maxSamplesPerSend: number
  capacity: number
  batchSendDeadlineSeconds: number
  minBackoffSeconds: number
  maxBackoffSeconds: number
  enableHttp2: boolean
}[] = [
  {
    since: '0.0',
    maxShards: 200,
    minShards: 1,
    maxSamplesPerSend: 500,
    capacity: 2500,
    batchSendDeadlineSeconds: 5,
    minBackoffSeconds: 0.03,
    maxBackoffSeconds: 5,
    enableHttp2: true,
  },
  {
    since: '2.44', // prometheus/prometheus#12203
    maxShards: 50,
    minShards: 1,
    maxSamplesPerSend: 2000,
    capacity: 10000,
    batchSendDeadlineSeconds: 5,
    minBackoffSeconds: 0.03,
    maxBackoffSeconds: 5,
    enableHttp2: true,
  },
  {
    since: '3.0',
    maxShards: 50,
    minShards: 1,
    maxSamplesPerSend: 2000,
    capacity: 10000,
    batchSendDeadlineSeconds: 5,
    minBackoffSeconds: 0.03,
    maxBackoffSeconds: 5,
    enableHttp2: false,
  },
]

/** The defaults of a release; of the newest known one when the version is not known. */
export function queueDefaults(version: Release | null): (typeof QUEUE_DEFAULTS)[number] {
  const rows = QUEUE_DEFAULTS.filter(row => !version || isAtLeast(version, row.since))
  const last = rows.at(-1)
  if (!last) throw new TypeError('the table of defaults is empty')
  return last
}

/** The flag that makes a release an agent: `--agent` since 3.0, where the former only logs a warning and runs a server. */
export function agentFlag(version: Release): '--agent' | '--enable-feature=agent' {
  return isAtLeast(version, '3.0') ? '--agent' : '--enable-feature=agent'
}

export interface KnownBadVersions {
  /** First and last bad release. */
  from: string
  to: string
  /** The release that mends it. */
  fixedIn: string
  /** prometheus/prometheus pull request or issue. */
  reference: string
  /** What happens, as a sentence that follows the version. */
  problem: string
  /** Only while this holds; null: always. */
  condition: 'sample_age_limit' | 'duplicate_series' | null
  /** Whether data can be lost or the process can stop; else figures or resources suffer only. */
  losesData: boolean
}

/** Senders to be left, from the Prometheus changelog. */
export const KNOWN_BAD_VERSIONS: readonly KnownBadVersions[] = [
  {
    from: '2.32.0',
    to: '2.38.999',
    fixedIn: '2.39.0',
    reference: 'prometheus/prometheus#9876',
    problem: 'the agent accepts storage flags that do not fit its mode and its WAL can grow without bound',
    condition: null,
    losesData: false,
  },
  {
    from: '2.45.0',
    to: '2.48.0',
    fixedIn: '2.48.1',
    reference: 'prometheus/prometheus#13223',
    problem: 'remote write is not told of new samples and reads the WAL on a timer, which adds seconds of lag',
    condition: null,
    losesData: false,
  },
  {
    from: '2.50.0',
    to: '2.53.999',
    fixedIn: '2.54.0',
    reference: 'the changelog of 2.54.0',
    problem: 'samples can be corrupted on the way out while sample_age_limit is set',
    condition: 'sample_age_limit',
    losesData: true,
  },
  {
    from: '2.51.0',
    to: '2.53.0',
    fixedIn: '2.53.1',
    reference: 'prometheus/prometheus#14446',
    problem: 'samples are dropped while remote write catches up after an outage',
    condition: null,
    losesData: true,
  },
  {
    from: '3.0.0',
    to: '3.0.1',
    fixedIn: '3.1.0',
    reference: 'prometheus/prometheus#15562',
    problem: 'the process can panic when a log message repeats',
    condition: null,
    losesData: true,
  },
  {
    from: '3.7.0',
    to: '3.7.2',
    fixedIn: '3.7.3',
    reference: 'prometheus/prometheus#17412',
    problem: 'resharding can block a remote-write queue for good',
    condition: null,
    losesData: true,
  },
  {
    from: '3.9.0',
    to: '3.9.0',
    fixedIn: '3.9.1',
    reference: 'prometheus/prometheus#17802',
    problem: 'the agent crashes shortly after its start',
    condition: null,
    losesData: true,
  },
  {
    from: '3.9.0',
    to: '3.10.999',
    fixedIn: '3.11.0',
    reference: 'prometheus/prometheus#18214',
    problem: 'the durations of remote-write requests are measured as almost nothing',
    condition: null,
    losesData: false,
  },
  {
    from: '2.32.0',
    to: '3.10.999',
    fixedIn: '3.11.0',
    reference: 'prometheus/prometheus#17538',
    problem: 'the agent leaks memory when targets expose duplicate series',
    condition: 'duplicate_series',
    losesData: false,
  },
]

/** The rows that a version falls into, in the order of the table; without a patch level (`2.53`) those that every patch falls into. */
export function knownBad(version: PrometheusVersion): KnownBadVersions[] {
  return KNOWN_BAD_VERSIONS.filter(row => patchesOf(version).every(release => isIn(row, release)))
}

/** The rows that some patches of a version fall into and others do not: of a tag such as `2.53`. */
export function perhapsBad(version: PrometheusVersion): KnownBadVersions[] {
  const [first, last] = patchesOf(version)
  return KNOWN_BAD_VERSIONS.filter(row => {
    const isSome = isAtLeast(last, row.from) && compareVersions(first, releaseOf(row.to)) <= 0
    return isSome && !(isIn(row, first) && isIn(row, last))
  })
}

/** As the table has it for "every patch release". */
const LAST_PATCH = 999

/** The first and the last release that it can be. */
function patchesOf(version: PrometheusVersion): [Release, Release] {
  const tellsPatch = /^v?\d+\.\d+\.\d/.test(version.text)
  return tellsPatch ? [version, version] : [version, {...version, patch: LAST_PATCH}]
}

function isIn({from, to}: KnownBadVersions, release: Release): boolean {
  return isAtLeast(release, from) && compareVersions(release, releaseOf(to)) <= 0
}
