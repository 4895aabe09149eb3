import { hash } from 'node:crypto';
import type { UpstreamSpec } from '#config/upstreams-file.js';

/** What official checks and most clients take. */
const LONGEST = 64;
const HASH_LENGTH = 8;

/** Between the upstream's prefix and what it calls its tool. No prefix holds it, so that none can stand in for another. */
export const SEPARATOR = '__';

export const prefixOf = ({ prefix, name }: UpstreamSpec): string => prefix ?? name;

/**
 * The name of an upstream's tool or prompt where everything is together: 1–64 characters. What is longer is cut and
 * ends with a hash of the whole: the same for ever, whatever else there is.
 */
export function mountedName(spec: UpstreamSpec, name: string): string {
  const prefix = prefixOf(spec);
  const whole = prefix === '' ? name : `${prefix}${SEPARATOR}${name}`;
  return whole.length <= LONGEST ? whole : shortened(whole);
}

function shortened(whole: string): string {
  const digest = hash('sha256', whole).slice(0, HASH_LENGTH);
  return `${whole.slice(0, LONGEST - HASH_LENGTH - 1)}_${digest}`;
}
