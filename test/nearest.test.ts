import fc from 'fast-check'
import {expect, it} from 'vitest'
import {nearestNames} from '../src/nearest.ts'

it('finds the name that was meant, whatever the case', () => {
  expect(nearestNames('Clutser2', ['cluster1', 'cluster2', 'prod'])).toEqual(['cluster2'])
  expect(nearestNames('prd', ['prod', 'test'])).toEqual(['prod'])
})

it('offers what is equally near only', () => {
  expect(nearestNames('cluser2', ['cluster1', 'cluster2', 'cluster3'])).toEqual(['cluster2'])
  expect(nearestNames('cluster', ['cluster1', 'cluster2', 'cluster10'])).toEqual(['cluster1', 'cluster2'])
})

it('finds names that contain what was given', () => {
  expect(nearestNames('prod', ['arn:aws:eks:eu-west-1:1:cluster/prod', 'test'])).toEqual([
    'arn:aws:eks:eu-west-1:1:cluster/prod',
  ])
})

it('finds any name with one letter too many, never more than three, and only known ones', () => {
  const name = fc.string({unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 3, maxLength: 12})
  fc.assert(
    fc.property(name, fc.array(name), fc.nat(), (meant, others, position) => {
      const at = position % (meant.length + 1)
      const given = `${meant.slice(0, at)}x${meant.slice(at)}`
      const known = [meant, ...others.filter(other => other !== meant).slice(0, 1)]
      const found = nearestNames(given, known)
      expect(found).toContain(meant)
      const many = nearestNames(given, [meant, ...others])
      expect(many.length).toBeLessThanOrEqual(3)
      expect([meant, ...others]).toEqual(expect.arrayContaining(many))
    }),
  )
})
