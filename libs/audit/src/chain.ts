import { hash as digest } from 'node:crypto';

const BLOCK = 64;
const DIGEST_HEX = 64;

/** `"prev":"…","hash":"…"}`: what every record ends with, of one length, so that it is found without parsing. */
const PREV = ',"prev":"';
const HASH = '","hash":"';
const END = '"}';
const HASH_PART = HASH.length - 1 + DIGEST_HEX + END.length;
const SEAL = PREV.length + DIGEST_HEX + 1 + HASH_PART;

/** A record's place in the chain, as its own text claims it. */
export interface Link {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
  /** Whether the text is what was written under this key. */
  readonly intact: boolean;
}

/**
 * HMAC-SHA256 under one key, and the chain of records that it holds together: each record's `hash` covers all of its
 * text, `prev` included. Written out as two SHA-256 over prepared blocks, which takes two thirds of `createHmac`'s time.
 */
export class Chain {
  private inner = Buffer.alloc(16 * 1024);
  private readonly outer = Buffer.alloc(BLOCK + 32, 0x5c);
  /** Tells which key it was, and nothing about it. */
  readonly keyId: string;

  constructor(key: Buffer) {
    const block = key.length > BLOCK ? digest('sha256', key, 'buffer') : key;
    this.inner.fill(0x36, 0, BLOCK);
    for (let i = 0; i < block.length; i++) {
      this.inner[i]! ^= block[i]!;
      this.outer[i]! ^= block[i]!;
    }
    this.keyId = this.mac('achilles audit key').slice(0, 16);
  }

  mac(text: string | Buffer): string {
    return this.macOf(typeof text === 'string' ? this.writeText(text) : this.writeBytes(text));
  }

  /** The whole line of a record: what was written of it, its predecessor, its hash. */
  seal(record: string, prev: string): { readonly line: string; readonly hash: string } {
    const body = `${record}${PREV}${prev}"`;
    const hash = this.mac(body);
    return { line: `${body}${HASH.slice(1)}${hash}${END}\n`, hash };
  }

  /** What a line (without its newline) claims; undefined when it does not even look like a record. */
  read(line: Buffer): Link | undefined {
    const start = line.length - SEAL;
    if (start <= 0) return undefined;
    const seal = line.toString('latin1', start);
    const [, prev, hash] = SEALED.exec(seal) ?? [];
    const seq = Number(SEQ.exec(line.toString('latin1', 0, 64))?.[1]);
    if (prev === undefined || hash === undefined || !Number.isSafeInteger(seq)) return undefined;
    return { seq, prev, hash, intact: this.mac(line.subarray(0, line.length - HASH_PART)) === hash };
  }

  private writeText(text: string): number {
    this.reserve(text.length * 3);
    return this.inner.write(text, BLOCK);
  }

  private writeBytes(bytes: Buffer): number {
    this.reserve(bytes.length);
    return bytes.copy(this.inner, BLOCK);
  }

  private reserve(bytes: number): void {
    if (this.inner.length >= BLOCK + bytes) return;
    const larger = Buffer.alloc(BLOCK + bytes);
    this.inner.copy(larger, 0, 0, BLOCK);
    this.inner = larger;
  }

  private macOf(length: number): string {
    this.outer.write(digest('sha256', this.inner.subarray(0, BLOCK + length), 'hex'), BLOCK, 'hex');
    return digest('sha256', this.outer, 'hex');
  }
}

const SEALED = /^,"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/;
const SEQ = /^\{"ts":"[^"]*","seq":(\d{1,16}),/;

/** The hash that a sealed line (with its newline) ends with. */
export const hashOf = (line: string): string => line.slice(-1 - END.length - DIGEST_HEX, -1 - END.length);
