import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Made by whoever comes first; the link makes it appear whole, and once, when several start together. */
function keptKey(dataDir: string): Buffer {
  const file = keyFileIn(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(LEAST_BYTES).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readKeyFile(file);
}
