/** All checks, in the order of the catalogue: where all else is equal the report keeps it. */
import agentUnreachable from './access/agent-unreachable.ts'
import contextUnreachable from './access/context-unreachable.ts'
import credentialsRejected from './access/credentials-rejected.ts'
import noAgents from './access/no-agents.ts'
import permissionMissing from './access/permission-missing.ts'
import clockSkew from './central/clock-skew.ts'
import hole from './central/hole.ts'
import noOutOfOrderWindow from './central/no-out-of-order-window.ts'
import notFresh from './central/not-fresh.ts'
import singleAddress from './central/single-address.ts'
import centralUnreachable from './central/unreachable.ts'
import type {Check} from './check.ts'
import noRemoteWrite from './config/no-remote-write.ts'
import queueHazard from './config/queue-hazard.ts'
import rateLimitDrops from './config/rate-limit-drops.ts'
import relabelDropsEverything from './config/relabel-drops-everything.ts'
import reloadFailed from './config/reload-failed.ts'
import behind from './delivery/behind.ts'
import lossAhead from './delivery/loss-ahead.ts'
import lossHappened from './delivery/loss-happened.ts'
import rejected from './delivery/rejected.ts'
import retrying from './delivery/retrying.ts'
import shardsAtMax from './delivery/shards-at-max.ts'
import deliveryStalled from './delivery/stalled.ts'
import unsafeToRestart from './delivery/unsafe-to-restart.ts'
import collision from './labels/collision.ts'
import dropped from './labels/dropped.ts'
import inconsistent from './labels/inconsistent.ts'
import missing from './labels/missing.ts'
import replicaDuplicates from './labels/replica-duplicates.ts'
import shadowed from './labels/shadowed.ts'
import disabled from './receiver/disabled.ts'
import duplicateSamples from './receiver/duplicate-samples.ts'
import failing from './receiver/failing.ts'
import forbidden from './receiver/forbidden.ts'
import nameNotResolved from './receiver/name-not-resolved.ts'
import noTenant from './receiver/no-tenant.ts'
import outOfBounds from './receiver/out-of-bounds.ts'
import outOfOrder from './receiver/out-of-order.ts'
import payloadTooLarge from './receiver/payload-too-large.ts'
import proxy from './receiver/proxy.ts'
import rateLimited from './receiver/rate-limited.ts'
import redirected from './receiver/redirected.ts'
import refused from './receiver/refused.ts'
import schemeMismatch from './receiver/scheme-mismatch.ts'
import seriesLimit from './receiver/series-limit.ts'
import slow from './receiver/slow.ts'
import tlsClientCertificate from './receiver/tls-client-certificate.ts'
import tlsExpired from './receiver/tls-expired.ts'
import tlsNameMismatch from './receiver/tls-name-mismatch.ts'
import tlsUntrusted from './receiver/tls-untrusted.ts'
import unauthorized from './receiver/unauthorized.ts'
import unreachable from './receiver/unreachable.ts'
import unsupportedProtocol from './receiver/unsupported-protocol.ts'
import wrongPath from './receiver/wrong-path.ts'
import badSamples from './scrape/bad-samples.ts'
import cardinality from './scrape/cardinality.ts'
import discoveryFailing from './scrape/discovery-failing.ts'
import limitExceeded from './scrape/limit-exceeded.ts'
import monitorNotSelected from './scrape/monitor-not-selected.ts'
import noTargets from './scrape/no-targets.ts'
import scrapeStalled from './scrape/stalled.ts'
import targetsDown from './scrape/targets-down.ts'
import tooSlow from './scrape/too-slow.ts'
import certificateExpiring from './security/certificate-expiring.ts'
import noAuthentication from './security/no-authentication.ts'
import openReceiver from './security/open-receiver.ts'
import plaintext from './security/plaintext.ts'
import secretExposed from './security/secret-exposed.ts'
import verificationOff from './security/verification-off.ts'
import walCorrupt from './wal/corrupt.ts'
import cpuStarved from './workload/cpu-starved.ts'
import crashLooping from './workload/crash-looping.ts'
import diskFull from './workload/disk-full.ts'
import expectedMissing from './workload/expected-missing.ts'
import knownBadVersion from './workload/known-bad-version.ts'
import notAnAgent from './workload/not-an-agent.ts'
import notRunning from './workload/not-running.ts'
import outOfMemory from './workload/out-of-memory.ts'
import walNotPersistent from './workload/wal-not-persistent.ts'

export const checks: readonly Check[] = [
  contextUnreachable,
  credentialsRejected,
  permissionMissing,
  noAgents,
  agentUnreachable,
  expectedMissing,
  notRunning,
  crashLooping,
  outOfMemory,
  cpuStarved,
  notAnAgent,
  knownBadVersion,
  walNotPersistent,
  diskFull,
  walCorrupt,
  reloadFailed,
  noRemoteWrite,
  queueHazard,
  rateLimitDrops,
  relabelDropsEverything,
  rejected,
  retrying,
  deliveryStalled,
  behind,
  shardsAtMax,
  lossAhead,
  lossHappened,
  unsafeToRestart,
  nameNotResolved,
  refused,
  unreachable,
  tlsUntrusted,
  tlsNameMismatch,
  tlsExpired,
  tlsClientCertificate,
  schemeMismatch,
  wrongPath,
  disabled,
  redirected,
  unsupportedProtocol,
  unauthorized,
  forbidden,
  noTenant,
  rateLimited,
  payloadTooLarge,
  proxy,
  failing,
  slow,
  outOfOrder,
  duplicateSamples,
  outOfBounds,
  seriesLimit,
  missing,
  collision,
  inconsistent,
  shadowed,
  dropped,
  replicaDuplicates,
  noTargets,
  scrapeStalled,
  targetsDown,
  discoveryFailing,
  monitorNotSelected,
  limitExceeded,
  tooSlow,
  badSamples,
  cardinality,
  plaintext,
  noAuthentication,
  verificationOff,
  secretExposed,
  openReceiver,
  certificateExpiring,
  centralUnreachable,
  notFresh,
  hole,
  clockSkew,
  noOutOfOrderWindow,
  singleAddress,
]
