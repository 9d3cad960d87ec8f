/** Worst first: losing > silent > behind > unknown > delivering. */
import type {State} from './report.ts'

const worstFirst: readonly State[] = ['losing', 'silent', 'behind', 'unknown', 'delivering']

/** 0 is worst. */
export function rankOf(state: State): number {
  return worstFirst.indexOf(state)
}

/** Nothing found is unknown, never delivering. */
export function worstState(states: readonly State[]): State {
  return worstFirst.find(state => states.includes(state)) ?? 'unknown'
}

/** What replicas of one agent come to: the same data arrives once one of them delivers. */
export function bestState(states: readonly State[]): State {
  return [...worstFirst].reverse().find(state => states.includes(state)) ?? 'unknown'
}
