import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { Caller } from '#core/caller.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { Seal } from '#gateway/seal/seal.service.js';
import { lengthen, shorten } from './client-capabilities.js';
import { principalOf } from '#core/principal.js';
import type { LegacyVersion } from './revisions.js';

const PURPOSE = 'mcp-session';
const LONGEST_NAME = 64;

/** Longer than any that was ever given out. */
const LONGEST_TOKEN = 1_024;

/** What both sides agreed on in the handshake. */
export interface LegacySession {
  /** The path of the mount that it belongs to: it counts nowhere else. */
  readonly mount: string;
  /** A UUID. */
  readonly id: string;
  readonly principal: string;
  readonly version: LegacyVersion;
  /** `ClientCapabilities`, as far as a server can use them. */
  readonly capabilities: JsonObject;
  readonly client?: { readonly name: string; readonly version?: string };
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

type Packed = [
  id: string,
  version: LegacyVersion,
  capabilities: string,
  client: string,
  issued: number,
  expires: number,
];

/**
 * Session ids. Everything that the handshake settled stands in the id itself, sealed: whoever holds the key serves the
 * session, and nobody has to remember it. It is bound to who made it, not to the token that it was made with.
 */
@Injectable()
export class SessionTokens {
  private readonly ttlSeconds: number;

  constructor(
    private readonly seals: Seal,
    config: ConfigService<Config, true>,
  ) {
    this.ttlSeconds = config.get('MCP_SESSION_TTL_SECONDS', { infer: true });
  }

  /** @param params of `initialize` */
  begin(mount: string, caller: Caller, version: LegacyVersion, params: JsonObject): LegacySession {
    const name = (params['clientInfo'] as JsonObject | undefined)?.['name'];
    return {
      mount,
      id: randomUUID(),
      principal: principalOf(caller),
      version,
      capabilities: lengthen(shorten(params['capabilities'])),
      ...(typeof name === 'string' && { client: { name: name.slice(0, LONGEST_NAME) } }),
      expiresAt: Math.floor(Date.now() / 1_000) + this.ttlSeconds,
    };
  }

  /** @returns visible ASCII, some 250 characters */
  seal({ mount, id, version, principal, capabilities, client, expiresAt }: LegacySession): string {
    const issued = expiresAt - this.ttlSeconds;
    const packed: Packed = [id, version, shorten(capabilities), client?.name ?? '', issued, expiresAt];
    return this.seals.seal(PURPOSE, packed, bindingOf(mount, principal));
  }

  /** @returns undefined for what is not, or not any more, a session of this caller: it does not learn which */
  open(mount: string, token: string, caller: Caller): LegacySession | undefined {
    const principal = principalOf(caller);
    const opened =
      token.length <= LONGEST_TOKEN ? this.seals.open(PURPOSE, token, bindingOf(mount, principal)) : undefined;
    if (!opened) return undefined;
    const [id, version, letters, name, , expiresAt] = JSON.parse(opened.toString()) as Packed;
    if (expiresAt * 1_000 <= Date.now()) return undefined;
    const capabilities = lengthen(letters);
    return { mount, id, principal, version, capabilities, ...(name !== '' && { client: { name } }), expiresAt };
  }
}

const bindingOf = (mount: string, principal: string) => `${mount} ${principal}`;
