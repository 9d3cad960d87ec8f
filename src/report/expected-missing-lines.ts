/** Agents that the fleet file expects and that are not there: one line each. */
import {formatNumberOf} from '../units.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

export function expectedMissingLines({expectedMissing = []}: {expectedMissing?: string[]}, style: Style): string[] {
  return expectedMissing.flatMap(text =>
    wrap(clean(text), style.columns - 2).map(
      (line, index) => `${index === 0 ? style.paintState('silent', style.stateGlyph('silent')) : ' '} ${line}`,
    ),
  )
}

/** ["1 expected agent missing"]; [] for none. */
export function expectedMissingWords({expectedMissing = []}: {expectedMissing?: string[]}): string[] {
  return expectedMissing.length === 0 ? [] : [`${formatNumberOf(expectedMissing.length, 'expected agent')} missing`]
}
