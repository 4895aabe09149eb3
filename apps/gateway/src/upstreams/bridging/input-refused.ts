/** Codes of JSON-RPC, as clients use them towards servers with a handshake. */
const METHOD_NOT_FOUND = -32_601;
const SERVER_ERROR = -32_000;

/** The client is not, or would not be, asked: an error of JSON-RPC for the upstream, in place of an answer. */
export class InputRefused extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'InputRefused';
  }
}

/** As a client answers that never said that it could. */
export const cannotBeAsked = (method: string, missing: readonly string[]) =>
  new InputRefused(METHOD_NOT_FOUND, `The client cannot take ${method}: it does not declare ${missing.join(', ')}.`);

/** @param why for the upstream's developer */
export const notAsked = (why: string) => new InputRefused(SERVER_ERROR, why);
