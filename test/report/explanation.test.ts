import {describe, expect, it} from 'vitest'
import {checks} from '../../src/checks/index.ts'
import {renderCatalogue, renderExplanation} from '../../src/report/explanation.ts'

const plain = {columns: 80, colour: false, unicode: true}

describe('the catalogue', () => {
  it('lists every check once, under its subject, within 80 columns', () => {
    const lines = renderCatalogue(checks, plain).split('\n')
    for (const {id} of checks) expect(lines.filter(line => line.trim().startsWith(`${id} `))).toHaveLength(1)
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80)
  })
})

describe('the explanation', () => {
  it('has the whole documentation of every check, without marks of emphasis', () => {
    for (const check of checks) {
      const text = renderExplanation(check, plain)
      expect(text).toContain(check.id)
      expect(text).not.toMatch(/\*\*/)
      const words = (markdown: string) =>
        markdown
          .replace(/\*\*|^```.*$|^#+ /gm, '')
          .split(/\s+/)
          .filter(word => word !== '')
      const rendered = words(text)
      for (const word of words(check.documentation)) expect(rendered).toContain(word)
    }
  })
  it('says the same with colour', () => {
    const [check] = checks
    const coloured = renderExplanation(check!, {...plain, colour: true})
    const stripped = coloured.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')
    expect(stripped).toBe(renderExplanation(check!, plain).replaceAll('`', ''))
  })
})
