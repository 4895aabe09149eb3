import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { splitList } from '#config/split-list.js';
import { KeyRing } from './key-ring.js';

/** What is sealed, each with a key of its own: none opens as another. */
export type SealPurpose = 'mcp-session' | 'mcp-request-state' | 'connect-ticket' | 'connect-flow' | 'upstream-session';

/** Longer than anything that is sealed here. */
const MOST_CHARACTERS = 65_536;

const BASE64URL = /^[\w-]+$/;

/** Gives out what comes back later, unread and unchanged, with the keys of SESSION_KEY. */
@Injectable()
export class Seal {
  private readonly keys: KeyRing;

  constructor(config: ConfigService<Config, true>) {
    const given = splitList(config.get('SESSION_KEY', { infer: true }));
    this.keys = new KeyRing(given.length > 0 ? given.map((key) => Buffer.from(key)) : [randomBytes(32)]);
  }

  /** @param binding what has to be the same again when it is opened @returns base64url */
  seal(purpose: SealPurpose, payload: Buffer | object, binding = ''): string {
    const text = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
    return this.keys.seal(purpose, text, binding).toString('base64url');
  }

  /** @returns undefined for what was not sealed here, for this purpose and binding */
  open(purpose: SealPurpose, text: string, binding = ''): Buffer | undefined {
    if (text.length > MOST_CHARACTERS || !BASE64URL.test(text)) return undefined;
    const sealed = Buffer.from(text, 'base64url');
    // One value has one spelling: the bits that base64 leaves over are not for anybody to play with.
    return sealed.toString('base64url') === text ? this.keys.open(purpose, sealed, binding) : undefined;
  }

  /** 22 characters that stand for a text, the same on every replica with this SESSION_KEY. Says nothing of the text. */
  fingerprint(text: string): string {
    return this.keys.fingerprint('fingerprint', text);
  }
}
