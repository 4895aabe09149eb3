import { hash, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for the text form of any UUID. */
export const isUuid = (value: string): boolean => UUID.test(value);

const ID_BYTES = 16;
/** Random bytes drawn for many ids at once: one draw per id would be a seventh of the cost of ingesting an event. */
const pool = Buffer.alloc(512 * ID_BYTES);
let drawn = pool.length;
let latestMs = 0;
let sequence = 0;

/** A fresh UUIDv7. Within one process, later ids sort after earlier ones, also within a millisecond. */
export function newId(): string {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const random = pool.subarray(drawn, (drawn += ID_BYTES));
  const now = Date.now();
  if (now > latestMs) {
    latestMs = now;
    // 31 random bits to start from: room for two thousand million ids within the millisecond.
    sequence = random.readUInt32BE(6) >>> 1;
  } else {
    sequence++;
  }
  return v7({ msecs: latestMs, seq: sequence, random });
}

/**
 * A UUIDv7 that is the same whenever it is made from the same time and seed: for rows that are computed, so that
 * computing them twice, or on two replicas at once, writes the same rows.
 */
export function derivedId(timeMs: number, seed: string): string {
  const random = hash('sha256', seed, 'buffer').subarray(0, 16);
  return v7({ msecs: timeMs, random, seq: random.readUInt32BE(10) });
}
