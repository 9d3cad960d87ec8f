import {describe, expect, it} from 'vitest'
import {judgedAgents} from '../judged.ts'
import {failing} from './outage.ts'
import {describeReceiverCheck} from './receiver-case.ts'

describe('a receiver that takes no native histograms', () => {
  it('is to be told to take them, whatever else a 500 may mean', () => {
    const words = (answer: string) => judgedAgents('receiver/failing', failing(answer)).words
    const answer = words('500 Internal Server Error: native histograms are disabled')
    expect(answer).toContain('--enable-feature=native-histograms')
    expect(answer).toContain('send_native_histograms: false')
    expect(answer).not.toContain('out of disk')
    expect(words('500 Internal Server Error: x')).not.toContain('histograms')
  })
})

describeReceiverCheck('receiver/failing', {
  outage: failing,
  answers: ['503 Service Unavailable: ', '500 Internal Server Error: label name "a" is not unique'],
  others: ['502 Bad Gateway: <html>', '429 Too Many Requests: '],
  blame: {alone: 'central', othersFine: 'central'},
})
