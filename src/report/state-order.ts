/** In which order states are told. */
import type {State} from '../diagnose/report.ts'

/** As rank.ts of src/diagnose has it. */
export const worstFirst: readonly State[] = ['losing', 'silent', 'behind', 'unknown', 'delivering']

/** In a verdict what is not known comes last. */
export const toldInVerdict: readonly State[] = ['losing', 'silent', 'behind', 'delivering', 'unknown']
