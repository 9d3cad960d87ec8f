/** Frozen: scripts depend on them. Precedence 130/143 > 2 > 1 > 3 > 0. */
export const exitCodes = {
  /** Looked, and found nothing at or above --fail-on. */
  healthy: 0,
  /** Findings at or above --fail-on; access/* never counts: a VPN that is down is not data loss. */
  findings: 1,
  /** Could not start (usage, no such context), or a bug. */
  notStarted: 2,
  /** Nothing failing was found, but required evidence is missing or there is no agent. */
  undecided: 3,
  interrupted: 130,
  terminated: 143,
} as const
