import { readFileSync } from 'node:fs';
import type { Chain } from './chain.js';
import { replaceFile } from './replace-file.js';

/**
 * What the log had reached at the last moment when all of it was safely on disk, signed. It stands in a file of its own
 * beside the log, so that the log holds records and nothing else. Without it, nobody could see that the end is missing.
 */
export interface Checkpoint {
  /** Which chain: random, made with it. */
  readonly chain: string;
  readonly keyId: string;
  /** Where the kept part of the chain begins: older files have been removed on purpose. */
  readonly first: { readonly file: number; readonly seq: number; readonly prev: string };
  /** The number that the file being written will have when it is finished. */
  readonly file: number;
  /** Bytes of it that the checkpoint covers. */
  readonly offset: number;
  /** The last record that the checkpoint covers. */
  readonly seq: number;
  readonly hash: string;
  readonly ts: string;
}

/** A checkpoint file as it was found. */
export type FoundCheckpoint =
  | { readonly kind: 'missing' | 'edited' }
  | { readonly kind: 'other-key'; readonly keyId: string }
  | { readonly kind: 'signed'; readonly checkpoint: Checkpoint };

export const checkpointFile = (file: string): string => `${file}.checkpoint`;

export async function writeCheckpoint(file: string, chain: Chain, checkpoint: Checkpoint): Promise<void> {
  const text = JSON.stringify(checkpoint);
  await replaceFile(checkpointFile(file), `${text}\n${chain.mac(text)}\n`);
}

export function readCheckpoint(file: string, chain: Chain): FoundCheckpoint {
  let text: string;
  try {
    text = readFileSync(checkpointFile(file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  const [claims = '', mac, ...rest] = text.split('\n');
  try {
    const checkpoint = JSON.parse(claims) as Checkpoint;
    if (chain.mac(claims) === mac && rest.join('') === '') return { kind: 'signed', checkpoint };
    const { keyId } = checkpoint;
    return /^[0-9a-f]{16}$/.test(keyId) && keyId !== chain.keyId ? { kind: 'other-key', keyId } : { kind: 'edited' };
  } catch {
    return { kind: 'edited' };
  }
}
