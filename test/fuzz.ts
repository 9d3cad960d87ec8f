/**
 * How often the property tests run: shortly in `npm test`, a million times each in `npm run test:fuzz`. What a property promises is
 * asked with node:assert: `expect` costs more than most of what is tested here.
 */
import fc from 'fast-check'
import {expect} from 'vitest'

/** Inputs per property; null: each property's own short number. */
const fuzzRuns = numberOf('PROMFLEET_FUZZ_RUNS')
/** The time that one property may take, of which the figure reached is printed. */
const fuzzSeconds = numberOf('PROMFLEET_FUZZ_SECONDS') ?? 600
/** Unix seconds at which all properties end, after a short run each. */
const fuzzUntilSeconds = numberOf('PROMFLEET_FUZZ_UNTIL') ?? Number.POSITIVE_INFINITY
/**
 * Of the first chunk of inputs, one more for each that follows: a gate that refuses a change must be able to say so again. A long
 * run by hand begins elsewhere each time; a failure prints where.
 */
const firstSeed = numberOf('PROMFLEET_FUZZ_SEED') ?? (fuzzRuns === null ? 1 : Date.now() % 2 ** 31)
/** vitest loses a worker whose event loop stands still for a minute. */
const CHUNK_SECONDS = 5
/** Of one input: what takes longer would be a hang in a fleet. */
const SLOWEST_INPUT_MS = 5000
const MOST_RESIDENT_BYTES = 1.5 * 2 ** 30

/** For `it`: as long as a property may take, and some more for its last chunk. */
export const fuzzTimeoutMs = fuzzRuns === null ? 60_000 : (fuzzSeconds + 60) * 1000

interface HoldsOptions {
  /** In `npm test`. */
  shortRuns?: number
  /** Of a property whose single input is large: fewer of them, and why. */
  most?: {runs: number; because: string}
}

/** Throws with the smallest failing input, its seed and its path; also when one input takes seconds or memory keeps growing. */
export async function holds<T>(
  input: fc.Arbitrary<T>,
  promise: (input: T) => unknown,
  {shortRuns = 300, most}: HoldsOptions = {},
): Promise<void> {
  const wanted = fuzzRuns === null ? shortRuns : Math.min(fuzzRuns, most?.runs ?? Number.POSITIVE_INFINITY)
  const started = performance.now()
  const secondsLeft = () =>
    Math.min(fuzzSeconds - (performance.now() - started) / 1000, fuzzUntilSeconds - Date.now() / 1000)
  const property = fc.property(input, one => {
    let before = performance.now()
    const answer = promise(one)
    if (performance.now() - before <= SLOWEST_INPUT_MS) return answer !== false
    // The machine may have been busy with something else: what hangs does so again.
    before = performance.now()
    promise(one)
    if (performance.now() - before > SLOWEST_INPUT_MS) throw new Error(`took more than ${SLOWEST_INPUT_MS} ms, twice`)
    return answer !== false
  })
  let reached = 0
  let seed = firstSeed
  while (reached < wanted && (secondsLeft() > 0 || reached < shortRuns)) {
    const details = fc.check(property, {
      seed: seed++,
      numRuns: wanted - reached,
      interruptAfterTimeLimit: Math.max(1, Math.min(CHUNK_SECONDS, secondsLeft())) * 1000,
      markInterruptAsFailure: false,
    })
    if (details.failed) throw new Error(fc.defaultReportMessage(details), {cause: details.errorInstance})
    reached += details.numRuns
    await new Promise(resolve => setImmediate(resolve))
  }
  const resident = process.memoryUsage().rss
  if (fuzzRuns !== null) report(reached, wanted, performance.now() - started, most?.because)
  expect(reached).toBeGreaterThan(0)
  expect(resident).toBeLessThan(MOST_RESIDENT_BYTES)
}

function report(reached: number, wanted: number, milliseconds: number, because: string | undefined): void {
  const name = expect.getState().currentTestName ?? ''
  const why = because === undefined || reached < wanted ? '' : ` (${because})`
  const bound = reached < wanted ? ` of ${wanted}: time was up` : ''
  const resident = Math.round(process.memoryUsage().rss / 2 ** 20)
  console.log(
    `fuzz: ${name}: ${reached} inputs${bound}${why}; ${Math.round(milliseconds / 1000)} s, ${resident} MiB resident`,
  )
}

function numberOf(name: string): number | null {
  const text = process.env[name]
  if (text === undefined || text === '') return null
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${name} is "${text}", not a number above 0`)
  return value
}

/** Text that a hostile or broken process may write: NULs, lone surrogates, controls, keys of prototypes, what looks like syntax. */
export function hostileText(pieces: readonly string[], maxPieces = 40): fc.Arbitrary<string> {
  const piece = fc.oneof(
    {arbitrary: fc.constantFrom(...pieces), weight: 8},
    {arbitrary: fc.constantFrom(...NASTY), weight: 2},
    {arbitrary: fc.string({unit: 'binary', maxLength: 6}), weight: 1},
  )
  return fc.array(piece, {maxLength: maxPieces}).map(parts => parts.join(''))
}

/** What must never reach a terminal: ESC and the other C0 controls but the line feed, DEL, C1, and marks that turn the writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
export const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/

export const NASTY: readonly string[] = [
  '\u0000',
  '\ud800',
  '\udfff',
  '\u001b[2J',
  '\u001b]0;x\u0007',
  '\u009b31m',
  '\u202e',
  '\ufeff',
  '\r',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '9'.repeat(400),
  '-1e999',
  'é',
  '𝄞',
]

/** Bytes as a stream hands them over, one character each: also such as are no UTF-8. */
export const chunksOfBytes: fc.Arbitrary<string[]> = fc.array(
  fc.uint8Array({maxLength: 40}).map(bytes => Buffer.from(bytes).toString('latin1')),
  {maxLength: 8},
)
