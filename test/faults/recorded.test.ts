/** The fault matrix in milliseconds: the recorded evidence of every fault, judged as the doctor does. */
import {expect, it} from 'vitest'
import {faultCases} from './cases/index.ts'
import {expectationOf, versionsOf} from './fault-case.ts'
import {explain, judgeBundle, topCause} from './judge.ts'
import {listRecorded, readRecorded, recordedName} from './recorded.ts'
import {wrongIn} from './verdict.ts'

const recorded = await listRecorded()
const rows = faultCases.flatMap(fault =>
  versionsOf(fault).map(version => ({fault, version, name: recordedName(fault, version)})),
)

it('has the evidence of every fault on every release that can show it, and no other', () => {
  expect(recorded).toEqual(rows.map(({name}) => name).sort())
})

for (const {fault, version, name} of rows)
  it(`${fault.name} on ${version}: ${fault.title}`, async () => {
    const report = judgeBundle(await readRecorded(name), name)
    expect(wrongIn(report, expectationOf(fault, version)), explain(report)).toEqual([])
  })

it('names a release that is known to be bad, by its own build info', async () => {
  const text = await readRecorded(recordedName({name: 'healthy'}, '3.5'))
  const report = judgeBundle(text.replaceAll('3.5.3+ds1', '3.7.1'), 'healthy 3.7.1')
  expect(report.agents[0]).toMatchObject({version: '3.7.1', state: 'delivering'})
  expect(topCause(report)).toMatchObject({id: 'workload/known-bad-version', severity: 'warning'})
})

it('holds nothing of the machine that it was recorded on', async () => {
  for (const name of recorded) {
    const text = await readRecorded(name)
    expect(text, name).not.toMatch(/promfleet-lab-|\(Linux [^)]|\/root\/|\/work\/|\/home\//)
  }
})
