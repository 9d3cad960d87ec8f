/** Whether `-o json` was asked for, read from the raw arguments, because parsing them may be what failed. */
export function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      ['-ojson', '-o=json', '--output=json'].includes(arg) ||
      (arg === 'json' && ['-o', '--output'].includes(args[index - 1] ?? '')),
  )
}
