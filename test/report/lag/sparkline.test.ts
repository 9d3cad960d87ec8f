import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {sparkline} from '../../../src/report/lag/sparkline.ts'

const options = {width: 8, fullAtLeast: 60, unicode: true}

describe('a sparkline', () => {
  it('shows the newest values to the right, and leaves blank what is not known', () => {
    expect(sparkline([0, 60, null, 30], options)).toBe('    ▁█ ▅')
    expect(sparkline([60, 60, 0, 0, 0, 0, 0, 0, 0, 0], options)).toBe('▁▁▁▁▁▁▁▁')
  })
  it('does not make a mountain of what is ordinary', () => {
    expect(sparkline([2, 3, 5, 2], options).trim()).toBe('▂▂▂▂')
  })
  it('has its lowest bar for nothing only', () => {
    expect(sparkline([0, 0.1, 1e9], options).trim()).toBe('▁▂█')
  })
  it('is empty where nothing is known', () => {
    expect(sparkline([], options)).toBe('')
    expect(sparkline([null, null], options)).toBe('')
  })
  it('can do without Unicode', () => {
    expect(sparkline([0, 30, 60], {...options, unicode: false}).trim()).toBe('_+#')
  })
  it('has its width whatever the values are', () => {
    const values = fc.array(fc.option(fc.double({noNaN: true, min: -1e300, max: 1e300})), {maxLength: 80})
    fc.assert(
      fc.property(values, fc.integer({min: 1, max: 30}), (series, width) => {
        const line = sparkline(series, {...options, width})
        expect([0, width]).toContain([...line].length)
      }),
    )
  })
})
