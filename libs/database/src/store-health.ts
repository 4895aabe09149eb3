import { Logger } from '@nestjs/common';
import { Client, type PoolConfig } from 'pg';

const PROBE_INTERVAL_MS = 250;
const PROBE_TIMEOUT_MS = 2_000;

/**
 * Whether the store takes writes, as far as anybody has noticed: a fault that a query or an idle connection reports
 * turns it off, and a probe turns it on again by itself. While all is well, it asks nothing.
 */
export class StoreHealth {
  private readonly logger = new Logger('Database');
  private away = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly connection: PoolConfig) {}

  get available(): boolean {
    return !this.away;
  }

  reportFault(error: unknown): void {
    if (this.away || this.stopped) return;
    this.away = true;
    this.logger.warn(`the store cannot be reached: ${(error as Error).message}`);
    this.probeLater();
  }

  /** True when the store answers now. */
  async probe(): Promise<boolean> {
    const client = new Client({
      ...this.connection,
      connectionTimeoutMillis: PROBE_TIMEOUT_MS,
      query_timeout: PROBE_TIMEOUT_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      // A server that hangs would also hang the farewell.
      void client.end().catch(() => undefined);
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private probeLater(): void {
    this.timer = setTimeout(() => {
      void this.probe().then((alive) => {
        if (this.stopped) return;
        if (!alive) return this.probeLater();
        this.away = false;
        this.logger.log('the store is back');
      });
    }, PROBE_INTERVAL_MS);
  }
}
