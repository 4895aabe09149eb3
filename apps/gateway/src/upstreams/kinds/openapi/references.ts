import { isObject } from '#gateway/tools/tool.js';
import { OperationFault } from './document-faults.js';

export type Json = Readonly<Record<string, unknown>>;

/** References that lead to references. */
const LONGEST_CHAIN = 32;
const SHOWN = 100;

/** A member of its own; nothing that every object has. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Json)[name] : undefined;

/**
 * What a local reference stands for. Files and addresses are never read: a document must not choose what the gateway
 * opens.
 * @throws OperationFault
 */
export function target(root: Json, reference: string): unknown {
  if (!reference.startsWith('#')) throw new OperationFault(`it refers to ${shown(reference)}, which is never read`);
  let found: unknown = root;
  for (const step of stepsOf(reference)) found = member(found, step);
  if (found === undefined) throw new OperationFault(`it refers to ${shown(reference)}, which is not in the document`);
  return found;
}

/** The object itself, or what its reference stands for. @throws OperationFault */
export function resolved(root: Json, value: unknown): Json {
  let found = value;
  for (let hops = 0; isObject(found) && typeof found['$ref'] === 'string'; hops++) {
    if (hops === LONGEST_CHAIN) throw new OperationFault('its references lead round in circles');
    found = target(root, found['$ref']);
  }
  if (!isObject(found)) throw new OperationFault('a part of it is no object');
  return found;
}

function stepsOf(reference: string): string[] {
  const pointer = reference.slice(1);
  if (pointer !== '' && !pointer.startsWith('/')) {
    throw new OperationFault(`it refers to the anchor ${shown(reference)}, which is not supported`);
  }
  try {
    return pointer
      .split('/')
      .slice(1)
      .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
  } catch {
    throw new OperationFault(`it refers to ${shown(reference)}, which is no address`);
  }
}

const shown = (reference: string) => JSON.stringify(reference.slice(0, SHOWN));
