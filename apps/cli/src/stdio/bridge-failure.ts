import { IncomingMessage } from 'node:http';
import { objectOf, textOf } from '../formats/untrusted-json.js';
import { plainText } from '../terminal.js';
import type { JsonRpcMessage } from './json-rpc-message.js';

/** Why a request has no answer, as a JSON-RPC error has it. */
export interface Failure {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

const SERVER_ERROR = -32_000;
const LONGEST_REASON = 300;
const EXPLAINED: Readonly<Record<number, string>> = {
  401: 'The gateway asks for a valid token: give it with --token or ACHILLES_TOKEN',
  403: 'The gateway does not allow this with the token that it was given',
  404: 'The gateway knows neither this session nor this path: connect anew, and check --url',
  429: 'The gateway has taken too many requests: wait a moment',
};

/** Of an exchange that failed, or of an answer that says so. */
export function failureOf(cause: unknown, url: URL, answer?: JsonRpcMessage): Failure {
  if (!(cause instanceof IncomingMessage)) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return { code: SERVER_ERROR, message: `The gateway at ${url.origin} cannot be reached (${code ?? message})` };
  }
  const status = cause.statusCode ?? 0;
  const reason = plainText(reasonIn(answer) ?? '').slice(0, LONGEST_REASON);
  const explained = EXPLAINED[status] ?? `The gateway answered with status ${status}`;
  return { code: SERVER_ERROR, message: reason ? `${explained} (${reason})` : explained, data: { status } };
}

/** The sentence in an error of JSON-RPC, or of the REST API. */
const reasonIn = (answer: JsonRpcMessage | undefined): string | undefined =>
  textOf(objectOf(answer?.error)?.['message']) ?? textOf(answer?.error) ?? textOf(objectOf(answer)?.['message']);
