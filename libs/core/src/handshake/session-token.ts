import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Caller } from '#core/caller.js';

const PREFIX = 'ams_';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** True for text that claims to be an `mcp_session_token`. */
export const looksLikeSessionToken = (text: string): boolean => text.startsWith(PREFIX);

/** What the owner of a token may do with it. */
const SCOPES: ReadonlySet<string> = new Set(['signals:write', 'insights:read']);

interface Claims extends Omit<Caller, 'scopes'> {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Makes and reads `mcp_session_token`s: AES-256-GCM over whom it speaks for and until when. Nothing is stored, so any
 * replica with the same 32-byte key reads what another gave out.
 */
export class SessionTokens {
  constructor(private readonly key: Buffer) {}

  issue(caller: Caller, workspaceId: string, expiresAt: number): string {
    const { scopes: _scopes, ...owner } = caller;
    const claims: Claims = { ...owner, workspaceId, expiresAt };
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv);
    const sealed = Buffer.concat([iv, cipher.update(JSON.stringify(claims)), cipher.final(), cipher.getAuthTag()]);
    return PREFIX + sealed.toString('base64url');
  }

  /** Whom the token speaks for, or undefined when it was not made with this key, was altered, or has expired. */
  read(token: string, now: number): Caller | undefined {
    const sealed = Buffer.from(token.slice(PREFIX.length), 'base64url');
    // Base64 reads past what is no base64: a token has one spelling only.
    if (token !== PREFIX + sealed.toString('base64url') || sealed.length <= IV_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      const { expiresAt, ...caller } = JSON.parse(text.toString()) as Claims;
      return expiresAt > now ? { ...caller, scopes: SCOPES } : undefined;
    } catch {
      return undefined;
    }
  }
}
