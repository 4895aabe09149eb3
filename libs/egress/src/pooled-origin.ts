import type { buildConnector, Pool } from 'undici';
import type { AnswerReader, EgressAnswer, EgressOrigin, EgressRequest, OriginOptions } from './egress-client.js';
import { exchange } from './exchange.js';

/** Makes the connections; undefined: undici does, to wherever the address leads. */
export type Connecting = (undici: typeof import('undici')) => buildConnector.connector;

/** One origin and its keep-alive pool. Nothing is loaded and no connection opened before it is called. */
export class PooledOrigin implements EgressOrigin {
  private readonly url: URL;
  private opening: Promise<Pool> | undefined;
  private pool: Pool | undefined;
  private isClosed = false;

  constructor(
    url: string,
    private readonly options: OriginOptions,
    private readonly onClosed: (origin: PooledOrigin) => void,
    private readonly connecting?: Connecting,
  ) {
    this.url = new URL(url);
  }

  request(request: EgressRequest, reader?: AnswerReader): Promise<EgressAnswer> {
    if (this.pool && !this.isClosed) return exchange(this.pool, this.url, request, reader);
    return this.open().then((pool) => exchange(pool, this.url, request, reader));
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

  async destroy(): Promise<void> {
    this.isClosed = true;
    await (await this.opening)?.destroy();
    this.onClosed(this);
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
          ...(this.connecting && { connect: this.connecting(undici) }),
          headersTimeout: headersTimeoutMs,
          bodyTimeout: bodyTimeoutMs,
        })),
    );
    return await this.opening;
  }
}
