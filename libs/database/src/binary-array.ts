/** A value of an array parameter; undefined and null are SQL's NULL. */
type Values<T> = readonly (T | null | undefined)[];

interface Element<T> {
  /** pg_type.oid of the element. */
  readonly oid: number;
  size(value: T): number;
  /** Writes the value at `at` and returns where it ends. */
  write(buffer: Buffer, value: T, at: number): number;
}

/** Dimensions, flags, element type, length, lower bound. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
/** PostgreSQL counts its time from here, in microseconds. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const JSONB_VERSION = 1;

const UUID: Element<string> = {
  oid: 2950,
  size: () => 16,
  write: (buffer, value, at) => at + buffer.write(value.replaceAll('-', ''), at, 'hex'),
};
const BYTEA_HEX: Element<string> = {
  oid: 17,
  size: (value) => value.length / 2,
  write: (buffer, value, at) => at + buffer.write(value, at, 'hex'),
};
const TEXT: Element<string> = {
  oid: 25,
  size: (value) => Buffer.byteLength(value),
  write: (buffer, value, at) => at + buffer.write(value, at, 'utf8'),
};
const TIMESTAMPTZ: Element<number> = {
  oid: 1184,
  size: () => 8,
  write: (buffer, ms, at) => buffer.writeBigInt64BE(BigInt(ms - POSTGRES_EPOCH_MS) * 1_000n, at),
};
const FLOAT8: Element<number> = {
  oid: 701,
  size: () => 8,
  write: (buffer, value, at) => buffer.writeDoubleBE(value, at),
};
const JSONB: Element<string> = {
  oid: 3802,
  size: (json) => 1 + Buffer.byteLength(json),
  write: (buffer, json, at) => {
    buffer[at] = JSONB_VERSION;
    return at + 1 + buffer.write(json, at + 1, 'utf8');
  },
};

/**
 * Array parameters in PostgreSQL's binary form (`array_recv` of its source): a batch of 500 events costs the server a
 * quarter less than as text, which it would have to unquote, and the client half.
 * @param values uuids and bytea in hex, times in milliseconds since the epoch, jsonb as JSON text
 */
export const uuidArray = (values: Values<string>): Buffer => encode(UUID, values);
export const byteaArray = (values: Values<string>): Buffer => encode(BYTEA_HEX, values);
export const textArray = (values: Values<string>): Buffer => encode(TEXT, values);
export const timestamptzArray = (values: Values<number>): Buffer => encode(TIMESTAMPTZ, values);
export const float8Array = (values: Values<number>): Buffer => encode(FLOAT8, values);
export const jsonbArray = (values: Values<string>): Buffer => encode(JSONB, values);

function encode<T>({ oid, size, write }: Element<T>, values: Values<T>): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + (value == null ? 0 : size(value));
  const buffer = Buffer.allocUnsafe(bytes);
  let at = buffer.writeInt32BE(1, 0);
  at = buffer.writeInt32BE(values.some((value) => value == null) ? 1 : 0, at);
  at = buffer.writeInt32BE(oid, at);
  at = buffer.writeInt32BE(values.length, at);
  at = buffer.writeInt32BE(1, at);
  for (const value of values) {
    if (value == null) {
      at = buffer.writeInt32BE(NULL_LENGTH, at);
    } else {
      const end = write(buffer, value, at + LENGTH_BYTES);
      buffer.writeInt32BE(end - at - LENGTH_BYTES, at);
      at = end;
    }
  }
  return buffer;
}
