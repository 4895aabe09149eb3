import type { Pool } from 'undici';
import type { EgressAnswer, EgressOrigin, EgressRequest, OriginOptions } from './egress-client.js';
import { exchange } from './exchange.js';

/** The address that an operator wrote, called as written. Nothing is loaded and no connection opened before it is. */
export class ConfiguredOrigin implements EgressOrigin {
  private readonly url: URL;
  private opening: Promise<Pool> | undefined;
  private pool: Pool | undefined;
  private isClosed = false;

  constructor(
    url: string,
    private readonly options: OriginOptions,
    private readonly onClosed: (origin: ConfiguredOrigin) => void,
  ) {
    this.url = new URL(url);
  }

  request(request: EgressRequest): Promise<EgressAnswer> {
    if (this.pool && !this.isClosed) return exchange(this.pool, this.url, request);
    return this.open().then((pool) => exchange(pool, this.url, request));
  }

  async ready(): Promise<void> {
    await this.open();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const pool = await this.opening;
    if (pool && !pool.destroyed) await pool.close();
    this.onClosed(this);
  }

  /** Does not wait for the calls that are under way: they fail. */
  async destroy(): Promise<void> {
    this.isClosed = true;
    await (await this.opening)?.destroy();
  }

  private async open(): Promise<Pool> {
    if (this.isClosed) throw new Error('this way out is closed');
    const { connections = 64, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs } = this.options;
    // Loaded where it is called: it costs a start 80 ms.
    this.opening ??= import('undici').then(
      (undici) =>
        (this.pool = new undici.Pool(this.url.origin, {
          connections,
          pipelining: 1,
          // One call is one connection, so that giving a call up closes what carries it.
          allowH2: false,
          connectTimeout: connectTimeoutMs,
          headersTimeout: headersTimeoutMs,
          bodyTimeout: bodyTimeoutMs,
        })),
    );
    return await this.opening;
  }
}
