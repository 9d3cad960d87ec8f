/** Agents that write nowhere, a line each: without it they would be counted and named nowhere. */
import type {ProbeReport} from '../../diagnose/probe/probe-report.ts'
import {formatNumberOf} from '../../units.ts'
import type {Style} from '../style.ts'
import {clean, wrap} from '../text.ts'

type Named = Pick<ProbeReport, 'noRemoteWrite'>

export function noRemoteWriteLines({noRemoteWrite = []}: Named, style: Style): string[] {
  return noRemoteWrite.flatMap(key =>
    wrap(
      `${clean(key).replace('/', ' ')} has no remote_write: nothing to probe (promfleet explain config/no-remote-write)`,
      style.columns - 2,
    ).map((line, index) => `${index === 0 ? style.paintState('unknown', style.stateGlyph('unknown')) : ' '} ${line}`),
  )
}

/** ["1 agent without remote_write"]; [] for none. */
export function noRemoteWriteWords({noRemoteWrite = []}: Named): string[] {
  return noRemoteWrite.length === 0 ? [] : [`${formatNumberOf(noRemoteWrite.length, 'agent')} without remote_write`]
}
