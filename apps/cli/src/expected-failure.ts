/** A failure that the user can do something about: told in a sentence, without a stack. */
export class ExpectedFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ExpectedFailure';
  }
}
