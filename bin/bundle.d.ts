import type {BuildOptions} from 'esbuild'

export const program: BuildOptions
export const late: BuildOptions
