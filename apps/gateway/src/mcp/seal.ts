import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';

/** What is sealed, each with a key of its own: none opens as another. */
export type SealPurpose = 'mcp-session' | 'mcp-request-state';

const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LEAST_BYTES = KEY_ID_BYTES + IV_BYTES + TAG_BYTES;

/** Longer than anything that is sealed here. */
const MOST_CHARACTERS = 65_536;

const BASE64URL = /^[\w-]+$/;

interface PurposeKey {
  /** Tells the keys of the ring apart. Says nothing about them. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

/**
 * Gives out what comes back later, unread and unchanged: AES-256-GCM, with the keys of SESSION_KEY. The first key
 * seals, all of them open; so a new one is put in front, and an old one taken away when nothing of it is left.
 */
@Injectable()
export class Seal {
  private readonly secrets: readonly Buffer[];
  private readonly rings = new Map<SealPurpose, readonly PurposeKey[]>();

  constructor(config: ConfigService<Config, true>) {
    const given = splitList(config.get('SESSION_KEY', { infer: true }));
    this.secrets = given.length > 0 ? given.map((key) => Buffer.from(key)) : [randomBytes(32)];
  }

  /** @param binding what has to be the same again when it is opened @returns base64url */
  seal(purpose: SealPurpose, payload: Buffer | object, binding = ''): string {
    const { id, key } = this.ring(purpose)[0]!;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(binding));
    const text = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
    return Buffer.concat([id, iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** @returns undefined for what was not sealed here, for this purpose and binding */
  open(purpose: SealPurpose, text: string, binding = ''): Buffer | undefined {
    if (text.length > MOST_CHARACTERS || !BASE64URL.test(text)) return undefined;
    const sealed = Buffer.from(text, 'base64url');
    // One value has one spelling: the bits that base64 leaves over are not for anybody to play with.
    if (sealed.length < LEAST_BYTES || sealed.toString('base64url') !== text) return undefined;
    const id = sealed.subarray(0, KEY_ID_BYTES);
    const found = this.ring(purpose).find((candidate) => candidate.id.equals(id));
    if (!found) return undefined;
    const body = sealed.subarray(KEY_ID_BYTES + IV_BYTES, -TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', found.key, sealed.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES))
      .setAAD(Buffer.from(binding))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch {
      return undefined;
    }
  }

  private ring(purpose: SealPurpose): readonly PurposeKey[] {
    let ring = this.rings.get(purpose);
    if (!ring) {
      ring = this.secrets.map((secret) => {
        const derived = Buffer.from(hkdfSync('sha256', secret, '', `achilles ${purpose}`, 32 + KEY_ID_BYTES));
        return { id: derived.subarray(32), key: createSecretKey(derived.subarray(0, 32)) };
      });
      this.rings.set(purpose, ring);
    }
    return ring;
  }
}
