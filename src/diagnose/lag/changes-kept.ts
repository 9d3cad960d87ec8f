/** The changes of a watch that are told again in each of its frames. Pure. */
import {formatClockSeconds, formatCount} from '../../units.ts'
import type {LagChange} from './changes.ts'

/**
 * The last `most`, newest last. What is lost changes at every look: the losses of a queue are one change, with their sum since it was
 * first told, and stand before all others, so that they are what goes first for want of room. The rows tell of them, too.
 */
export function keepChanges(kept: readonly LagChange[], news: readonly LagChange[], most: number): LagChange[] {
  const all = [...kept]
  for (const change of news) {
    const at = change.lostSamples === undefined ? -1 : all.findIndex(other => isSameLoss(other, change))
    const before = all[at]
    if (before === undefined) all.push(change)
    else all[at] = summed(before, change)
  }
  const isLoss = ({lostSamples}: LagChange) => lostSamples !== undefined
  return [...all.filter(isLoss), ...all.filter(change => !isLoss(change))].slice(-most)
}

function isSameLoss(one: LagChange, other: LagChange): boolean {
  return (
    one.lostSamples !== undefined &&
    one.context === other.context &&
    one.agent === other.agent &&
    one.queue === other.queue
  )
}

function summed(before: LagChange, {at, lostSamples: more = 0}: LagChange): LagChange {
  const {lostSamples = 0, lostSince = before.at} = before
  const sum = lostSamples + more
  const what = `${formatCount(sum)} more samples lost since ${formatClockSeconds(lostSince)}`
  return {...before, at, what, lostSamples: sum, lostSince}
}
