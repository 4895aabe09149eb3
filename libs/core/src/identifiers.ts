import { hash } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for the text form of any UUID. */
export const isUuid = (value: string): boolean => UUID.test(value);

/** A fresh UUIDv7. Within one process, later ids sort after earlier ones, also within a millisecond. */
export const newId = (): string => v7();

/**
 * A UUIDv7 that is the same whenever it is made from the same time and seed: for rows that are computed, so that
 * computing them twice, or on two replicas at once, writes the same rows.
 */
export function derivedId(timeMs: number, seed: string): string {
  const random = hash('sha256', seed, 'buffer').subarray(0, 16);
  return v7({ msecs: timeMs, random, seq: random.readUInt32BE(10) });
}
