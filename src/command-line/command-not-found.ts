/** oclif hook: an unknown command names the nearest known one and exits with 2. */
import * as Errors from '@oclif/core/errors'
import type {Hook} from '@oclif/core/hooks'
import {nearest} from '../nearest.ts'
import {exitCodes} from './exit-codes.ts'

const commandNotFound: Hook<'command_not_found'> = async ({id, config}) => {
  const near = nearest(id, config.commandIDs)
  Errors.error(`${id} is not a command of ${config.bin}`, {
    exit: exitCodes.notStarted,
    suggestions: [near ? `did you mean "${config.bin} ${near}"?` : `"${config.bin} --help" lists the commands`],
  })
}

export default commandNotFound
