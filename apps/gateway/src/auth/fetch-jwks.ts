import type { EgressClient, EgressOrigin } from '#egress/egress-client.js';

const TIMEOUT_MS = 1_000;
const MAX_BYTES = 262_144;

/** Fetches key sets: as the operator wrote the address, without redirects, and never more than it takes. */
export class JwksFetcher {
  private readonly origins = new Map<string, EgressOrigin>();

  constructor(private readonly egress: EgressClient) {}

  /** The keys as the issuer publishes them. */
  async read(url: string): Promise<{ keys: unknown[] }> {
    const { origin, pathname, search } = new URL(url);
    const server = this.at(origin);
    await server.ready();
    const { status, body } = await server.request({
      method: 'GET',
      path: pathname + search,
      headers: { accept: 'application/jwk-set+json, application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      maxBytes: MAX_BYTES,
    });
    if (status !== 200) throw new Error(`the address of the keys answered ${status}`);
    const { keys } = JSON.parse(body.toString()) as { keys?: unknown };
    if (!Array.isArray(keys)) throw new Error('the address of the keys answered something else');
    return { keys };
  }

  private at(url: string): EgressOrigin {
    let origin = this.origins.get(url);
    if (!origin) {
      origin = this.egress.configured(url, { connections: 1, connectTimeoutMs: TIMEOUT_MS });
      this.origins.set(url, origin);
    }
    return origin;
  }
}
