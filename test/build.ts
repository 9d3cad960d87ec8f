/** Builds dist/ once before the tests, so that whole-program tests never run a stale one. */
import {execFileSync} from 'node:child_process'
import {resolve} from 'node:path'

export default function setup(): void {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../bin/build.js')], {stdio: 'inherit'})
}
