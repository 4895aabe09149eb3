import { HostFault } from './host-fault.js';

const LONGEST_KEY = 256;
const LARGEST_VALUE = 64 * 1_024;
const DEEPEST = 64;

/** What PostgreSQL can hold: U+0000 and halves of a pair of surrogates are none of it. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');

/** @param name of the function that was called @throws HostFault */
export function storableKey(name: string, given: unknown): string {
  if (typeof given !== 'string' || given === '' || given.length > LONGEST_KEY) {
    throw new HostFault(`${name}: the key must be text of 1 to ${LONGEST_KEY} characters`);
  }
  if (!isStorable(given)) throw new HostFault(`${name}: the key has characters in it that cannot be kept`);
  return given;
}

/** A value as JSON. @throws HostFault */
export function storableJson(name: string, given: unknown): string {
  check(name, given, DEEPEST);
  const json = JSON.stringify(given);
  if (Buffer.byteLength(json) > LARGEST_VALUE) {
    throw new HostFault(`${name}: a value may have at most ${LARGEST_VALUE} bytes as JSON`);
  }
  return json;
}

function check(name: string, value: unknown, deeper: number): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new HostFault(`${name}: the value must be JSON`);
  } else if (typeof value === 'string') {
    if (!isStorable(value)) throw new HostFault(`${name}: U+0000 and lone surrogates cannot be kept`);
  } else if (typeof value === 'object') {
    if (deeper === 0) throw new HostFault(`${name}: a value may be nested at most ${DEEPEST} deep`);
    for (const [key, member] of Object.entries(value)) {
      check(name, key, deeper);
      check(name, member, deeper - 1);
    }
  } else throw new HostFault(`${name}: the value must be JSON`);
}
