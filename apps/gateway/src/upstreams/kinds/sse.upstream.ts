import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { SseUpstream } from '#config/upstreams-file.js';
import { Credentials } from '../credentials/credentials.js';
import type { UpstreamConnection } from '../upstream-connection.js';
import { type UpstreamAddress, UpstreamOrigins } from '../upstream-origin.js';
import { DialogueConnection } from './dialogue/dialogue-connection.js';
import { Places } from './dialogue/places.js';
import type { OpenWire } from './dialogue/wire.js';
import { SseWire } from './sse/sse-wire.js';

/** Streams of one upstream; each is a connection. */
const MOST_STREAMS = 256;
/** Connections for streams and posts. */
const CONNECTIONS = 2 * MOST_STREAMS;
/** As long as a session of ours. */
const IDLE_MS = 1_800_000;

/** Servers of 2024-11-05. Each principal has a stream of its own unless the upstream says that it is shared. */
@Injectable()
export class SseConnections {
  /** Of no request: a stream goes on when the one that opened it has ended. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly credentials: Credentials,
    private readonly origins: UpstreamOrigins,
  ) {}

  open(spec: SseUpstream): UpstreamConnection {
    let address: UpstreamAddress | undefined;
    const open: OpenWire = async (credential, hear, signal) => {
      address ??= this.origins.open(spec, { connections: spec.connections ?? CONNECTIONS });
      const url = new URL(address.url);
      for (const [name, value] of Object.entries(credential.query)) url.searchParams.set(name, value);
      const headers = { ...lowerCase(spec.headers ?? {}), ...lowerCase(credential.headers) };
      const { origin } = address;
      const where = { upstream: spec.name, url, query: credential.query, origin, headers };
      return this.outside(() => SseWire.open(where, hear, signal));
    };
    return new DialogueConnection({
      spec,
      credentials: this.credentials,
      open,
      era: 'legacy',
      perPrincipal: spec.sessions !== 'shared',
      places: new Places(MOST_STREAMS),
      most: MOST_STREAMS,
      idleMs: IDLE_MS,
      tellsRoots: true,
      about: () => ({}),
      onClose: () => void address?.origin.close(),
    });
  }
}

/** So that no header stands there twice, in two spellings. */
const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
