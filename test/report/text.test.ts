import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {clean, cutMiddle, widthOf, wrap} from '../../src/report/text.ts'

describe('clean', () => {
  it('leaves no control and no mark that turns the writing, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), text => {
        const codes = [...clean(text)].map(character => character.codePointAt(0) ?? 0)
        expect(codes.some(code => code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x202e)).toBe(false)
      }),
    )
  })
  it('takes whole escape sequences out, titles and links too', () => {
    const esc = String.fromCharCode(27)
    expect(clean(`a${esc}[31mb${esc}[0m${esc}]0;title${String.fromCharCode(7)}c`)).toBe('abc')
    expect(clean(`${esc}]8;;http://x${esc}\\link`)).toBe('link')
  })
})

describe('wrap', () => {
  it('keeps every word and every line within the width, unless a single word is longer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), {minLength: 1}),
        fc.integer({min: 5, max: 40}),
        (words, width) => {
          const lines = wrap(words.join(' '), width)
          expect(lines.join(' ')).toBe(words.join(' '))
          for (const line of lines) expect(widthOf(line) <= width || !line.includes(' ')).toBe(true)
        },
      ),
    )
  })
})

describe('cutMiddle', () => {
  it('keeps the end, where names of pods differ', () => {
    expect(cutMiddle('monitoring/prom-agent-shop-0', 16)).toBe('monitor…t-shop-0')
    expect(cutMiddle('short', 16)).toBe('short')
    expect(cutMiddle('monitoring/prom-agent-shop-0', 16, '...')).toHaveLength(16)
  })
})
