/** Reads metrics of the disk as `doctor` reads those of an agent: `read-exposition FILE`, piece by piece, then parsed. */
import {openSync, readSync} from 'node:fs'
import {parseExposition} from '../../src/facts/exposition/exposition.ts'
import {createExpositionFilter} from '../../src/facts/exposition/exposition-filter.ts'

const file = openSync(process.argv[2] ?? '', 'r')
const piece = Buffer.allocUnsafe(65_536)
const filter = createExpositionFilter()
for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
  filter.push(piece.toString('latin1', 0, length))
}
if (parseExposition(filter.end().text).series.size === 0) process.exitCode = 1
