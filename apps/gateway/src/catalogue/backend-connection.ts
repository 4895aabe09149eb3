import { readFileSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { tokenIn } from '#config/backend-entry.js';
import type { Backend } from '#config/tools-file.js';
import type { EgressAnswer, EgressClient, EgressOrigin, EgressRequest } from '#egress/egress-client.js';
import type { CatalogueMetrics } from './catalogue.metrics.js';
import { WatchedFile } from '#config/watched-file.js';

const CONNECT_TIMEOUT_MS = 3_000;

type BackendRequest = EgressRequest & { readonly headers: Readonly<Record<string, string>> };

/** One backend: its keep-alive pool, and the token that it is shown, which only the operator can set. */
export class BackendConnection {
  private readonly origin: EgressOrigin;
  private readonly basePath: string;
  private readonly file: WatchedFile | undefined;
  private readonly logger = new Logger('Catalogue');
  private authorization: string | undefined;

  /** @throws when the file of its token cannot be read */
  constructor(
    readonly backend: Backend,
    egress: EgressClient,
    private readonly metrics: CatalogueMetrics,
  ) {
    const { url, token, tokenFile, connections } = backend;
    this.basePath = new URL(url).pathname.replace(/\/$/, '');
    this.origin = egress.configured(url, {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      // Each call has a time of its own.
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
      ...(connections !== undefined && { connections }),
    });
    if (token !== undefined) this.authorization = `Bearer ${token}`;
    if (tokenFile !== undefined) {
      this.file = new WatchedFile(tokenFile, () => this.renewToken(tokenFile));
      this.authorization = readToken(tokenFile);
    }
  }

  request(request: BackendRequest): Promise<EgressAnswer> {
    const { authorization } = this;
    return this.origin.request({
      ...request,
      path: this.basePath + request.path,
      headers: authorization === undefined ? request.headers : { ...request.headers, authorization },
    });
  }

  /** Resolves when the calls that are under way have ended. */
  async close(): Promise<void> {
    this.stopWatching();
    await this.origin.close();
  }

  stopWatching(): void {
    this.file?.close();
  }

  private renewToken(file: string): void {
    try {
      this.authorization = readToken(file);
      this.metrics.tokenReloaded('applied');
      this.logger.log(`${this.backend.name} is shown the new token of ${file} from now on`);
    } catch (error) {
      this.metrics.tokenReloaded('refused');
      this.logger.error(`${this.backend.name} is shown the old token: ${(error as Error).message}`);
    }
  }
}

function readToken(file: string): string {
  const token = tokenIn(readFileSync(file, 'utf8'));
  if (token === undefined) throw new Error(`${file} holds no token`);
  return `Bearer ${token}`;
}
