import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'

const files = readdirSync(import.meta.dirname, {recursive: true, encoding: 'utf8'}).filter(name =>
  name.endsWith('.property.test.ts'),
)

describe('npm run test:fuzz', () => {
  it.each(files)('reaches every property of %s', file => {
    expect(readFileSync(join(import.meta.dirname, file), 'utf8')).not.toMatch(/\bfc\.(?:assert|check)\(/)
  })
})
