/** What the caller gave cannot be sent. The message is for it. */
export class ArgumentFault extends Error {}
