import { isObject } from '#gateway/tools/tool.js';
import type { EgressRequest } from '#egress/egress-client.js';
import { HostFault } from './host-fault.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly EgressRequest['method'][];
type Method = (typeof METHODS)[number];

const MOST_HEADERS = 32;
const LONGEST_NAME = 128;
const LONGEST_VALUE = 8_192;
/** UTF-8 bytes of what is sent. */
const LARGEST_BODY = 256 * 1_024;

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Visible ASCII, spaces and tabs: no end of a line can be in it. */
const VALUE = /^[\t\x20-\x7e]*$/;
/** What belongs to the connection, to proxies, to a browser's cookies, or to the gateway. */
const NOT_THEIRS =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept-encoding|cookie2?|set-cookie2?|forwarded|via|x-forwarded-.*|x-real-ip|x-request-id|traceparent|tracestate|proxy-.*|:.*)$/;

/** What is sent, with names of headers in lower case. */
export interface FetchOptions {
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** The second argument of `fetch`. @throws HostFault */
export function fetchOptions(given: unknown): FetchOptions {
  if (given === undefined || given === null) return { method: 'GET', headers: {}, body: null };
  if (!isObject(given)) refuse('the second argument must be an object of method, headers and body');
  const { method, headers, body, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`there is no option ${quoted(unknown)}, only method, headers and body`);
  const checked = checkedMethod(method);
  return { method: checked, headers: checkedHeaders(headers), body: checkedBody(body, checked) };
}

function checkedMethod(given: unknown): Method {
  const asked = given ?? 'GET';
  const method = METHODS.find((known) => typeof asked === 'string' && asked.toUpperCase() === known);
  return method ?? refuse(`the method must be one of ${METHODS.join(', ')}`);
}

function checkedHeaders(given: unknown): Readonly<Record<string, string>> {
  if (given === undefined || given === null) return {};
  if (!isObject(given)) refuse('headers must be an object of text');
  const entries = Object.entries(given);
  if (entries.length > MOST_HEADERS) refuse(`there may be at most ${MOST_HEADERS} headers`);
  const checked = new Map<string, string>();
  for (const [asGiven, value] of entries) {
    const name = asGiven.toLowerCase();
    if (!NAME.test(name) || name.length > LONGEST_NAME) refuse(`${quoted(asGiven)} is no name of a header`);
    if (NOT_THEIRS.test(name)) refuse(`the header ${quoted(asGiven)} may not be set`);
    if (checked.has(name)) refuse(`the header ${quoted(asGiven)} is there twice`);
    if (typeof value !== 'string' || value.length > LONGEST_VALUE || !VALUE.test(value)) {
      refuse(`the header ${quoted(asGiven)} must be at most ${LONGEST_VALUE} characters of ASCII in one line`);
    }
    checked.set(name, value);
  }
  return Object.fromEntries(checked);
}

function checkedBody(given: unknown, method: Method): string | null {
  if (given === undefined || given === null) return null;
  if (typeof given !== 'string') refuse('the body must be text; of an object it is JSON.stringify(…)');
  if (method === 'GET' || method === 'HEAD') refuse(`${method} has no body`);
  if (Buffer.byteLength(given) > LARGEST_BODY) refuse(`the body may have at most ${LARGEST_BODY} bytes`);
  return given;
}

const quoted = (name: string) => JSON.stringify(name.slice(0, LONGEST_NAME));

function refuse(why: string): never {
  throw new HostFault(`fetch: ${why}`);
}
