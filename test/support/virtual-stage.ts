import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditRecord } from '#audit/audit-record.js';
import type { Tool } from '#gateway/tools/tool.js';
import { UpstreamOpener } from '#gateway/upstreams/open-upstream.js';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { Api } from './api.js';
import { AuthStage } from './auth-stage.js';
import { eventually } from './embedded-stage.js';
import { forge } from './forge.js';
import { ModernClient } from './modern-client.js';
import { sourceOf } from './scripted-tools.js';
import { ScriptedConnection } from './scripted-upstream.js';

const UPSTREAM = { kind: 'http', url: 'http://127.0.0.1:9', scopes: [] };
const UPSTREAMS = { docs: UPSTREAM, wide: { ...UPSTREAM, search: true } };

const scripted = () =>
  new ScriptedConnection({
    'tools/list': () => ({ tools: [{ name: 'read', description: 'Reads.', inputSchema: { type: 'object' } }] }),
    'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
    'prompts/get': () => ({ messages: [] }),
    'resources/list': () => ({ resources: [{ uri: 'demo://a', name: 'a' }] }),
    'resources/read': () => ({ contents: [{ uri: 'demo://a', text: 'A' }] }),
    'tools/call': ({ params }) => ({ content: [{ type: 'text', text: JSON.stringify(params) }] }),
  });

/** A gateway with these tools, two scripted upstreams (`docs`, and `wide` with tool search), and virtual servers. */
export class VirtualStage implements AsyncDisposable {
  private constructor(readonly auth: AuthStage) {}

  static async open(tools: readonly Tool[], servers: object): Promise<VirtualStage> {
    const settings = { RATE_LIMITS_FILE: 'test/fixtures/limited-tool.yaml' };
    const stage = new VirtualStage(await AuthStage.open(settings, { sources: [sourceOf(tools)] }));
    const { app } = stage.auth.gateway;
    app.get(UpstreamOpener, { strict: false }).open = scripted;
    await stage.configure(servers);
    const registry = app.get(UpstreamRegistry, { strict: false });
    await eventually(async () => {
      const states = ['docs', 'wide'].map((name) => registry.find(name)?.state);
      const { status } = await stage.client(Object.keys(servers)[0]!).ask('tools/list');
      if (String([states, status]) !== 'connected,connected,200') throw new Error(String([states, status]));
    });
    return stage;
  }

  configure(servers: object): Promise<void> {
    const file = join(this.auth.gateway.folder, 'upstreams.yaml');
    return writeFile(file, JSON.stringify({ upstreams: UPSTREAMS, virtual_servers: servers }));
  }

  headers(claims: object = {}): { readonly authorization: string } {
    const token = forge(this.auth.provider, { claims: { tier: 'silver', scope: 'tools:call', ...claims } });
    return { authorization: `Bearer ${token}` };
  }

  urlOf(name: string, folder = 'v'): string {
    return `${this.auth.gateway.url}/mcp/${folder}/${name}`;
  }

  client(name: string, claims: object = {}, folder = 'v'): ModernClient {
    return new ModernClient(this.urlOf(name, folder), this.headers(claims));
  }

  async namesAt(name: string, claims: object = {}, folder = 'v'): Promise<string[]> {
    const { result } = await this.client(name, claims, folder).ask('tools/list');
    return (result!['tools'] as { name: string }[]).map((tool) => tool.name);
  }

  get admin(): Api {
    return new Api(this.auth.gateway.url, this.headers({ scope: 'upstreams:read upstreams:write' }));
  }

  async records(): Promise<AuditRecord[]> {
    const log = await readFile(join(this.auth.gateway.folder, 'audit.jsonl'), 'utf8');
    const lines = log.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as AuditRecord);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.auth[Symbol.asyncDispose]();
  }
}
