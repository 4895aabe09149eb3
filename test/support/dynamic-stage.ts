import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditRecord } from '#audit/audit-record.js';
import { Api, type Answer } from './api.js';
import { AuthStage } from './auth-stage.js';
import { forge } from './forge.js';

type Body = Record<string, unknown>;

/** A gateway whose dynamic tools are looked after over REST, by as many people of as many tenants as a test needs. */
export class DynamicStage implements AsyncDisposable {
  private constructor(readonly auth: AuthStage) {}

  static async open(settings: Readonly<Record<string, string | number>> = {}): Promise<DynamicStage> {
    return new DynamicStage(await AuthStage.open({ UPSTREAMS_FILE: 'none', ...settings }));
  }

  token(claims: object = {}): string {
    return forge(this.auth.provider, { claims: { scope: 'tools:admin tools:call', ...claims } });
  }

  /** Somebody: an administrator of tenant `acme`, unless the claims say otherwise. */
  as(claims: object = {}): DynamicClient {
    return new DynamicClient(new Api(this.auth.gateway.url, { authorization: `Bearer ${this.token(claims)}` }));
  }

  async records(): Promise<AuditRecord[]> {
    const log = await readFile(join(this.auth.gateway.folder, 'audit.jsonl'), 'utf8');
    return log
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditRecord);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.auth[Symbol.asyncDispose]();
  }
}

/** A REST client of `/v1/dynamic-tools`. */
export class DynamicClient {
  constructor(readonly api: Api) {}

  ask(method: string, path = '', body?: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.api.call<Body>(method, `/v1/dynamic-tools${path}`, text, headers);
  }

  make(name: string, more: object = {}): Promise<Answer<Body>> {
    return this.ask('POST', '', { name, description: `The tool ${name}.`, code: 'return args', ...more });
  }

  /** The status of a call of the tool, as any caller makes it. */
  async callable(name: string): Promise<number> {
    return (await this.api.post(`/v1/tools/${encodeURIComponent(name)}/call`, { arguments: {} })).status;
  }
}
