import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '#observability/clock.js';
import type { Voucher } from '../../upstream-origin.js';
import { type Fetch, OauthFetch } from './oauth-fetch.js';
import { resourceOf } from './resource-of.js';

/** What an upstream says of who gives tokens for it. */
export interface ProtectedResource {
  readonly resource: string;
  readonly issuer: string;
  /** What its challenge asks for, else all that it has. */
  readonly scopes: readonly string[];
}

const BELIEVED_MS = 600_000;
const MOST = 256;
const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const SCOPE = /^[!#-[\]-~]{1,128}$/;

/** Nothing that an upstream could take for work: without a token it is refused before it is read. */
const KNOCK = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

/** Finds out where tokens for an upstream come from (RFC 9728): its challenge says so, else a well-known address. */
@Injectable()
export class ProtectedResources {
  private readonly known = new LRUCache<
    string,
    { readonly reading: Promise<ProtectedResource>; readonly until: number }
  >({ max: MOST });

  constructor(
    private readonly oauth: OauthFetch,
    private readonly clock: Clock,
  ) {}

  /** @throws ResourceSilent, and what goes wrong on the way */
  of(address: string, voucher: Voucher): Promise<ProtectedResource> {
    const key = `${voucher} ${address}`;
    const known = this.known.get(key);
    if (known && this.clock.now() < known.until) return known.reading;
    const reading = this.read(address, this.oauth.trusting([new URL(address).origin], voucher));
    this.known.set(key, { reading, until: this.clock.now() + BELIEVED_MS });
    reading.catch(() => this.known.get(key)?.reading === reading && this.known.delete(key));
    return reading;
  }

  private async read(address: string, ask: Fetch): Promise<ProtectedResource> {
    const challenge = await this.challengeOf(address, ask);
    const { origin, pathname } = new URL(address);
    const wellKnown = [`${origin}${WELL_KNOWN}${pathname.replace(/\/$/, '')}`, `${origin}${WELL_KNOWN}`];
    const named = parameterOf(challenge, 'resource_metadata');
    for (const url of named !== undefined && URL.canParse(named) ? [named] : wellKnown) {
      const document = await documentAt(url, ask);
      if (document) return readDocument(document, address, parameterOf(challenge, 'scope'));
    }
    throw new ResourceSilent('it does not say who gives tokens for it');
  }

  private async challengeOf(address: string, ask: Fetch): Promise<string> {
    const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
    const { status, headers: said } = await ask(address, { method: 'POST', headers, body: KNOCK });
    return status === 401 ? (said.get('www-authenticate') ?? '') : '';
  }
}

/** What an upstream publishes is not there, or no use. */
export class ResourceSilent extends Error {}

async function documentAt(url: string, ask: Fetch): Promise<Record<string, unknown> | undefined> {
  const response = await ask(url, { method: 'GET', headers: { accept: 'application/json' } });
  if (response.status !== 200) return undefined;
  const document: unknown = await response.json().catch(() => undefined);
  return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : undefined;
}

function readDocument(
  { resource, authorization_servers, scopes_supported }: Record<string, unknown>,
  address: string,
  wanted: string | undefined,
): ProtectedResource {
  // A document that speaks for something else would have tokens made that are good there.
  if (typeof resource !== 'string' || !isPartOf(resource, address)) {
    throw new ResourceSilent('its metadata are of another resource');
  }
  const issuer: unknown = Array.isArray(authorization_servers) ? authorization_servers[0] : undefined;
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) {
    throw new ResourceSilent('its metadata name no authorisation server');
  }
  const scopes = wanted?.split(' ') ?? (Array.isArray(scopes_supported) ? (scopes_supported as unknown[]) : []);
  return { resource, issuer, scopes: scopes.filter((scope): scope is string => isScope(scope)) };
}

const isScope = (value: unknown): boolean => typeof value === 'string' && SCOPE.test(value);

/** The resource may be the upstream itself, or the server that it is a part of. */
function isPartOf(resource: string, address: string): boolean {
  if (!URL.canParse(resource)) return false;
  const whole = resourceOf(resource);
  const own = resourceOf(address);
  return own === whole || own.startsWith(whole.endsWith('/') ? whole : `${whole}/`);
}

/** Of a challenge; the first where there are several. */
const parameterOf = (challenge: string, name: string): string | undefined =>
  new RegExp(`(?:^|[\\s,])${name}="([^"\\\\]*)"`, 'i').exec(challenge)?.[1];
