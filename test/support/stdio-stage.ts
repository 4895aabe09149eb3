import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { resolveUpstream, type SseUpstream, type StdioUpstream } from '#config/upstreams-file.js';
import type { Caller } from '#core/caller.js';
import { EgressClient } from '#egress/egress-client.js';
import { SILENT } from '#gateway/tools/call-channel.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { SseConnections } from '#gateway/upstreams/kinds/sse.upstream.js';
import { Watchdog } from '#gateway/upstreams/kinds/stdio/watchdog.js';
import { StdioConnections } from '#gateway/upstreams/kinds/stdio.upstream.js';
import type { UpstreamConnection, UpstreamRequest } from '#gateway/upstreams/upstream-connection.js';
import { UpstreamOrigins } from '#gateway/upstreams/upstream-origin.js';

import { secretsOnly } from './no-credentials.js';

const PATIENCE_MS = 60_000;

export const callerNamed = (subject: string): Caller => ({
  issuer: 'test',
  subject,
  tenant: 'acme',
  tier: 'enterprise',
  scopes: new Set(),
});

export const ANN = callerNamed('ann');

/** An entry for the server that misbehaves. */
export const oddEntry = (flags: readonly string[] = [], more: object = {}) => ({
  kind: 'stdio',
  command: process.execPath,
  args: [resolve('test/upstreams/odd-server.mjs'), ...flags],
  ...more,
});

/** What opens upstreams in a gateway, without one. */
export class UpstreamStage implements AsyncDisposable {
  readonly stdio: StdioConnections;
  readonly sse: SseConnections;
  private readonly watchdog = new Watchdog();
  private readonly egress = new EgressClient();
  private readonly opened: UpstreamConnection[] = [];
  /** What went into the log. */
  readonly logged: string[] = [];

  constructor(private readonly settings: Readonly<Record<string, string | number>> = {}) {
    const log = (message: unknown) => void this.logged.push(String(message));
    Logger.overrideLogger({ log, error: log, warn: log, debug: log });
    const config = new ConfigService<Config, true>({ UPSTREAM_MAX_PROCESSES: 32, ...settings } as never);
    const credentials = secretsOnly(config);
    this.stdio = new StdioConnections(config, credentials, this.watchdog);
    this.sse = new SseConnections(credentials, new UpstreamOrigins(this.egress, config));
  }

  open(entry: object, name = 'odd'): UpstreamConnection {
    const variable = (wanted: string) => this.settings[wanted] as string | undefined;
    const { spec, faults } = resolveUpstream(name, { ...entry }, 'file', variable);
    if (!spec) throw new Error(faults.join());
    const opened = spec.kind === 'sse' ? this.sse.open(spec as SseUpstream) : this.stdio.open(spec as StdioUpstream);
    this.opened.push(opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.opened.map((connection) => connection.close()));
    this.watchdog.onApplicationShutdown();
    await this.egress.close();
  }
}

/** Asks an upstream for something, as Ann unless told. */
export const ask = (
  upstream: UpstreamConnection,
  method: string,
  params: JsonObject = {},
  more: Partial<UpstreamRequest> = {},
): Promise<JsonObject> =>
  upstream.request({
    method,
    params,
    caller: ANN,
    signal: AbortSignal.timeout(PATIENCE_MS),
    channel: SILENT,
    idempotent: false,
    ...more,
  });

export const call = (
  upstream: UpstreamConnection,
  name: string,
  args: object = {},
  more: Partial<UpstreamRequest> = {},
): Promise<JsonObject> => ask(upstream, 'tools/call', { name, arguments: args }, more);

/** The JSON that the server that misbehaves puts into its first text. */
export const said = (result: JsonObject): unknown =>
  JSON.parse((result['content'] as readonly { readonly text: string }[])[0]!.text) as unknown;

/** Names of what a list holds. */
export async function names(upstream: UpstreamConnection, list: 'tools' | 'prompts' | 'resources'): Promise<string[]> {
  const { [list]: items } = await ask(upstream, `${list}/list`, {}, { caller: undefined });
  return (items as readonly { readonly name: string }[]).map(({ name }) => name);
}

/** A process that has ended and that nobody has buried is not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^ [ZX]/.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    return false;
  }
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 25));
}
