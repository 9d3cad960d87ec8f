/**
 * oclif's help, with its templates filled in where there are any: compiling every text of a help as one takes as long as starting. And
 * with its first line wrapped as all others are, so that a terminal does not break words.
 */
import type {Command} from '@oclif/core/command'
import {CommandHelp, Help} from '@oclif/core/help'

class PlainCommandHelp extends CommandHelp {
  constructor(...given: ConstructorParameters<typeof CommandHelp>) {
    super(...given)
    this.render = whereTemplate(this.render)
  }
}

export default class PlainHelp extends Help {
  override CommandHelpClass = PlainCommandHelp
  /** Else the summary is a cell in the list of commands, which wraps it itself. */
  #standsAlone = false

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    this.#standsAlone = true
    await super.showCommandHelp(command)
  }

  protected override summary(command: Command.Loadable): string | undefined {
    const summary = super.summary(command)
    return summary === undefined || !this.#standsAlone ? summary : this.wrap(summary, 0)
  }

  override formatRoot(): string {
    const [first = '', ...rest] = super.formatRoot().split('\n')
    return [this.wrap(first, 0), ...rest].join('\n')
  }
}

function whereTemplate(render: (text: string) => string): (text: string) => string {
  return text => (text.includes('<%') ? render(text) : text)
}
