import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';

/**
 * The token that a caller came with, as long as somebody acts for that caller. For one purpose: an authorisation server
 * exchanges it for another one (RFC 8693). No other module may look here, which `.dependency-cruiser.cjs` sees to.
 */
@Injectable()
export class CallerTokens {
  private readonly tokens = new WeakMap<Caller, string>();

  keep(caller: Caller, token: string): void {
    this.tokens.set(caller, token);
  }

  /** @returns undefined where nobody is asked for a token, or where the caller came with a session token */
  of(caller: Caller): string | undefined {
    return this.tokens.get(caller);
  }
}
