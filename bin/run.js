#!/usr/bin/env node
// Production entry. `--version` is answered here: it needs package.json only, and starting oclif costs as much as Node itself.
import {existsSync, readFileSync} from 'node:fs'

const root = new URL('..', import.meta.url)
const args = process.argv.slice(2)

// A bug outside of a command's own promise must not end with exit code 1, which means "findings".
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, error => {
    console.error(error)
    process.exit(2)
  })
}

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  const {name, version} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`)
} else if (!existsSync(new URL('dist/src/main.js', root))) {
  console.error('promfleet is not built: run "npm run build" in its folder')
  process.exit(2)
} else {
  const {main} = await import('../dist/src/main.js')
  await main(args, root)
}
