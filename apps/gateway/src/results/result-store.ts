/**
 * Where results are kept for those who got them: whatever is asked for under another owner's name is not there.
 * Everything goes by itself, the oldest first.
 */
export abstract class ResultStore {
  /** Of metrics. */
  abstract readonly name: 'memory' | 'redis';
  /** @returns false where it could not be kept */
  abstract keep(owner: string, id: string, packed: Buffer): Promise<boolean>;
  abstract read(owner: string, id: string): Promise<Buffer | undefined>;
  abstract has(owner: string, id: string): Promise<boolean>;
  /** A short note, which the next one under the same key replaces. */
  abstract note(owner: string, key: string, note: string, seconds: number): Promise<void>;
  abstract noted(owner: string, key: string): Promise<string | undefined>;
}

/** Seconds that a result can be read. */
export const KEPT_SECONDS = 3_600;
