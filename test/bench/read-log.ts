/** Reads a log of the disk as `doctor` reads one of the API server: `read-log FILE`, piece by piece. */
import {openSync, readSync} from 'node:fs'
import {createLogShapes} from '../../src/facts/log/shapes.ts'

const file = openSync(process.argv[2] ?? '', 'r')
const piece = Buffer.allocUnsafe(65_536)
const shapes = createLogShapes()
for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
  shapes.push(piece.toString('latin1', 0, length))
}
if (shapes.result().lines === 0) process.exitCode = 1
