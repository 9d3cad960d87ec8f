/** oclif's help, with its templates filled in where there are any: compiling every text of a help as one takes as long as starting. */
import {CommandHelp, Help} from '@oclif/core/help'

class PlainCommandHelp extends CommandHelp {
  constructor(...given: ConstructorParameters<typeof CommandHelp>) {
    super(...given)
    this.render = whereTemplate(this.render)
  }
}

export default class PlainHelp extends Help {
  override CommandHelpClass = PlainCommandHelp
}

function whereTemplate(render: (text: string) => string): (text: string) => string {
  return text => (text.includes('<%') ? render(text) : text)
}
