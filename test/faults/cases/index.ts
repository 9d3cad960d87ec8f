/** Every fault there is, in the order of the table. */
import type {FaultCase} from '../fault-case.ts'
import {configurationCases} from './configuration.ts'
import {healthyCases} from './healthy.ts'
import {outageCases} from './outages.ts'
import {pairCases} from './pairs.ts'
import {refusalCases} from './refusals.ts'
import {scrapingCases} from './scraping.ts'
import {tlsCases} from './tls.ts'
import {walCases} from './wal.ts'

export const faultCases: readonly FaultCase[] = [
  ...outageCases,
  ...tlsCases,
  ...refusalCases,
  ...walCases,
  ...configurationCases,
  ...scrapingCases,
  ...pairCases,
  ...healthyCases,
]
