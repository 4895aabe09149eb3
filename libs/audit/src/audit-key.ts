import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepKey } from '#config/kept-key.js';

const LEAST_BYTES = 32;

/** A key that cannot be used: told in a sentence. */
export class AuditKeyError extends Error {}

export const keyFileIn = (dataDir: string): string => join(dataDir, 'audit.key');

/** The key of the chain: the one that was given, else the one that is kept in the data folder. */
export const auditKey = (given: string | undefined, dataDir: string): Buffer =>
  given === undefined ? keptKey(dataDir) : Buffer.from(given.trim());

/** @throws AuditKeyError when the file is not there or holds no key. */
export function readKeyFile(file: string): Buffer {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new AuditKeyError(`The audit key ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  if (text.length < LEAST_BYTES)
    throw new AuditKeyError(`${file} holds no audit key: it is shorter than 32 characters.`);
  return Buffer.from(text);
}

function keptKey(dataDir: string): Buffer {
  const file = keyFileIn(dataDir);
  keepKey(file);
  return readKeyFile(file);
}
