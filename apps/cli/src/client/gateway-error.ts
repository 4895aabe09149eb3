import { type Json, listOf, objectOf, textOf } from '../formats/untrusted-json.js';
import { ExpectedFailure } from '../expected-failure.js';

const LONGEST_REASON = 300;

/** The gateway refused a call. `status` and `code` are those of its problem document. */
export class GatewayError extends ExpectedFailure {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string | undefined,
  ) {
    super(message);
  }

  /** True when every further call would meet the same end. */
  get concernsEveryCall(): boolean {
    return this.status === 401;
  }
}

/** No gateway answers at this address, or none that speaks this protocol: there is no point in going on. */
export class GatewayUnreachable extends ExpectedFailure {}

/** Reads a refusal: a problem document from the gateway, or whatever a proxy in between has to say. */
export function gatewayError(call: string, status: number, body: unknown): GatewayError {
  const problem = objectOf(body) ?? {};
  const code = textOf(problem['code']);
  if (status === 401)
    return new GatewayError('The gateway asks for a valid token: pass --token or set ACHILLES_TOKEN.', status, code);
  const sentence = textOf(problem['detail']) ?? textOf(problem['message']) ?? textOf(problem['title']);
  const detail = sentence ?? (body === undefined ? 'no reason given' : JSON.stringify(body).slice(0, LONGEST_REASON));
  const faults = faultsOf(problem);
  return new GatewayError(
    `${call}: ${status}${code ? ` ${code}` : ''}: ${[detail, ...faults].join(' ')}`,
    status,
    code,
  );
}

/** The faults of a refusal by field; one alone is already in its `detail`. */
function faultsOf(problem: Json): string[] {
  const faults = listOf(problem['errors'] ?? problem['faults']).map((fault) => objectOf(fault) ?? {});
  return faults.length < 2 ? [] : faults.map((fault) => `${String(fault['field'])} ${String(fault['message'])}.`);
}
