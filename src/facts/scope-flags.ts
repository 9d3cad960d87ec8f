/** Those agents as flags of any command that looks at agents, to be pasted; pure. */
import {shellWord} from '../shell-word.ts'
import type {AgentFacts} from './types.ts'

const MOST_AGENTS = 3

/** With a blank before each flag. More than a few agents are not named one by one. */
export function scopeFlagsOf(agents: readonly AgentFacts[]): string {
  const of = (name: (agent: AgentFacts) => string) => [...new Set(agents.map(name))]
  const contexts = of(({context}) => context)
  const namespaces = of(({namespace}) => namespace)
  const names = of(({pod, name}) => (pod === '' ? name : pod))
  const flags = [
    ['--context', contexts],
    ['-n', namespaces.length === 1 ? namespaces : []], // the flag takes one
    ['--agent', names.length <= MOST_AGENTS ? names : []],
  ] as const
  const isAboutServers = agents.some(({signs}) => signs.every(sign => sign === 'server'))
  return [
    ...flags.flatMap(([flag, words]) => (words.length === 0 ? [] : [` ${flag} ${shellWord(words.join(','))}`])),
    ...(isAboutServers ? [' --include-servers'] : []),
  ].join('')
}
