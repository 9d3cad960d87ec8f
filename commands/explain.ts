import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import {checks} from '../src/checks/index.ts'
import {exitCodes} from '../src/command-line/exit-codes.ts'
import {fail} from '../src/command-line/fail.ts'
import {terminalStyle} from '../src/command-line/terminal-style.ts'
import {nearest} from '../src/nearest.ts'
import {renderCatalogue, renderExplanation} from '../src/report/explanation.ts'
import {clean} from '../src/report/text.ts'

export default class Explain extends Command {
  static override summary =
    'what a check looks at, why it matters and what to do; without an id, the list of all checks'
  static override examples = ['<%= config.bin %> explain', '<%= config.bin %> explain receiver/disabled']
  static override args = {id: Args.string({description: 'id of a check, or a subject', required: false})}
  static override enableJsonFlag = false

  async run(): Promise<void> {
    const {args} = await this.parse(Explain)
    const style = terminalStyle({})
    if (args.id === undefined) {
      this.log(renderCatalogue(checks, style))
      return
    }
    const subject = checks.filter(check => check.id.startsWith(`${args.id}/`))
    const check = checks.find(({id}) => id === args.id)
    if (check) this.log(renderExplanation(check, style))
    else if (subject.length > 0) this.log(renderCatalogue(subject, style))
    else {
      const near = nearest(
        args.id,
        checks.map(({id}) => id),
      )
      this.error(`there is no check "${clean(args.id).slice(0, 100)}"`, {
        exit: exitCodes.notStarted,
        suggestions: [near ? `did you mean ${near}?` : '"promfleet explain" lists them all'],
      })
    }
  }

  protected override async catch(error: Error): Promise<void> {
    fail(this, error)
  }
}
