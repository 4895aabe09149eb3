import type { Pool } from 'undici';
import type { Batch } from '#audit/forward-spool.js';

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;
const LONGEST_ANSWER = 64 * 1024;

/** The service that records are handed on to. Its address is the operator's word; redirects are not followed. */
export class AuditReceiver {
  private pool: Promise<Pool> | undefined;
  private readonly url: URL;

  constructor(
    url: string,
    private readonly token: string | undefined,
  ) {
    this.url = new URL(url);
  }

  /** Resolves to the status of the answer. */
  async send({ id, bytes }: Batch, signal: AbortSignal): Promise<number> {
    const { statusCode, body } = await (
      await this.connected()
    ).request({
      method: 'POST',
      path: this.url.pathname + this.url.search,
      body: bytes,
      signal,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
      headers: {
        'content-type': 'application/x-ndjson',
        'idempotency-key': id,
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
      },
    });
    await body.dump({ limit: LONGEST_ANSWER });
    return statusCode;
  }

  async close(): Promise<void> {
    await (await this.pool)?.destroy();
  }

  private connected(): Promise<Pool> {
    this.pool ??= import('undici').then(
      ({ Pool: Client }) => new Client(this.url.origin, { connections: 1, pipelining: 1, connectTimeout: CONNECT_MS }),
    );
    return this.pool;
  }
}
