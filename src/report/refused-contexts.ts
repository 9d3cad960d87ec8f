/** What a command says of contexts, and of a central's, where the user lacks rights: which, and who grants them how. */
import type {ContextReport} from '../diagnose/report.ts'
import type {StoredGaps} from '../diagnose/stored-unknown.ts'
import {formatCount} from '../units.ts'
import type {Style} from './style.ts'
import {clean, wrap} from './text.ts'

const mostContexts = 3

interface Refused extends Pick<StoredGaps, 'refusedCentrals'> {
  contexts: readonly ContextReport[]
}

/** The command is one line, to be copied whole. */
export function refusedContextLines({contexts, refusedCentrals = []}: Refused, style: Style): string[] {
  const refused = [...contexts.flatMap(({refused: own}) => own ?? []), ...refusedCentrals]
  const more = refused.length - mostContexts
  return [
    ...refused
      .slice(0, mostContexts)
      .flatMap(({what, needs, grant, instead}) => [
        ...wrap(
          `no right to read ${clean(what)}${needs === '' ? '' : `: needs ${clean(needs)}`}. An administrator grants it, with a context of theirs in place of ADMIN_CONTEXT:`,
          style.columns,
        ),
        `    ${clean(grant)}`,
        ...(instead === undefined ? [] : wrap(`Without it: ${clean(instead)}`, style.columns)),
      ]),
    ...(more > 0 ? [`and so in ${formatCount(more)} more contexts`] : []),
  ]
}
