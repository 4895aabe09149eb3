/** The answer is longer than its asker takes. `status` is what it began with. */
export class AnswerTooLarge extends Error {
  constructor(
    readonly status: number,
    readonly maxBytes: number,
  ) {
    super(`the answer has more than ${maxBytes} bytes`);
    this.name = 'AnswerTooLarge';
  }
}

/** An address that may not be called. The reason says which rule refuses it, never what a name resolves to. */
export class AddressRefused extends Error {
  constructor(readonly reason: string) {
    super(`the address may not be called: ${reason}`);
    this.name = 'AddressRefused';
  }
}
