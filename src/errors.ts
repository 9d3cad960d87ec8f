/** An error that is the user's to mend: no stack, exit code 2. Everything else that is thrown is a bug. */
export class UserError extends Error {
  override name = 'UserError'
  /** What to do about it; null when the message says it all. */
  readonly hint: string | null
  constructor(message: string, hint: string | null = null) {
    super(message)
    this.hint = hint
  }
}
