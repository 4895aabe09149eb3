import type { Caller } from '#core/caller.js';
import { ConfigService } from '@nestjs/config';
import { parseConfig } from '#config/load-config.js';
import { type HttpUpstream, resolveUpstream } from '#config/upstreams-file.js';
import { EgressClient } from '#egress/egress-client.js';
import type { CallChannel, LogLevel } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import type { Credentials } from '#gateway/upstreams/credentials/credentials.js';
import { HttpConnection } from '#gateway/upstreams/kinds/http/http-connection.js';
import type { SharedSessions } from '#gateway/upstreams/kinds/http/shared-sessions.js';
import type { UpstreamConnection, UpstreamRequest } from '#gateway/upstreams/upstream-connection.js';
import { UpstreamOrigins } from '#gateway/upstreams/upstream-origin.js';
import { noCredentials } from './no-credentials.js';

export const callerNamed = (subject: string): Caller => ({
  issuer: 'https://issuer.example',
  subject,
  tenant: 'acme',
  tier: 'gold',
  scopes: new Set(),
});

/** A channel that keeps what it is told. */
export class KeptChannel implements CallChannel {
  readonly told: unknown[] = [];
  capabilities: JsonObject = {};
  wantsProgress = true;
  logLevel?: LogLevel;
  inputResponses?: JsonObject;
  requestState?: string;

  progress(progress: number, total?: number, message?: string): void {
    this.told.push({ progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) });
  }

  log(level: LogLevel, data: unknown, logger?: string): void {
    this.told.push({ level, data, ...(logger !== undefined && { logger }) });
  }
}

/** A request of a caller, of which only what matters is said. */
export function requestOf(method: string, params: JsonObject, more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  const channel = new KeptChannel();
  channel.wantsProgress = false;
  const signal = AbortSignal.timeout(60_000);
  return { method, params, caller: callerNamed('ann'), signal, channel, idempotent: false, ...more };
}

export const callOf = (name: string, args: JsonObject = {}, more: Partial<UpstreamRequest> = {}): UpstreamRequest =>
  requestOf('tools/call', { name, arguments: args }, more);

/** The first text of a result. */
export const textIn = (result: JsonObject): string =>
  String((result['content'] as readonly { text?: string }[] | undefined)?.[0]?.text);

export const httpSpec = (url: string, entry: object = {}): HttpUpstream => {
  const { origin = 'file', ...rest } = entry as { origin?: 'file' | 'admin' };
  const { spec, faults } = resolveUpstream('other', { kind: 'http', url, ...rest }, origin, () => undefined);
  if (spec?.kind !== 'http') throw new Error(faults.join(', '));
  return spec;
};

/** The connections of one gateway, without the gateway. Each is closed with it. */
export class Connections implements AsyncDisposable {
  readonly egress = new EgressClient();
  readonly origins: UpstreamOrigins;
  /** Whether the process ends, as far as a connection that is closed can tell. */
  isEnding = false;
  private readonly open: UpstreamConnection[] = [];

  constructor(
    private readonly credentials: Pick<Credentials, 'of' | 'refused'> = noCredentials(),
    private readonly shared?: SharedSessions,
    settings: Readonly<Record<string, string>> = {},
  ) {
    const config = new ConfigService(parseConfig({ AUTH_MODE: 'none', ...settings }));
    this.origins = new UpstreamOrigins(this.egress, config as never);
  }

  to(url: string, entry: object = {}): HttpConnection {
    const spec = httpSpec(url, entry);
    const connection = new HttpConnection(spec, this.origins, this.credentials, this.shared, () => this.isEnding);
    this.open.push(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.open.map((connection) => connection.close()));
    await this.egress.close();
  }
}
