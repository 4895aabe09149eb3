import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Caller } from '#core/caller.js';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import { LOCAL_CALLER } from '#gateway/auth/local-caller.js';
import type { ToolResult } from '#gateway/tools/tool.js';
import { type Credential, Credentials } from '#gateway/upstreams/credentials/credentials.js';
import { UpstreamOpener } from '#gateway/upstreams/open-upstream.js';
import { UpstreamRegistry } from '#gateway/upstreams/upstream-registry.js';
import { Gateway } from './boot-gateway.js';
import { eventually } from './embedded-stage.js';
import { ToolClient } from './tool-client.js';
import { ScriptedConnection } from './scripted-upstream.js';

export const VAULT_KEY = 'Zr4Tq8Wm2Xn6Bv0Lk3Jh7Gf1Dd5Ss9Pa';
const NEVER = new AbortController().signal;

/** Nobody listens there: what is shown is asked for, not sent. */
const ADDRESS = 'http://127.0.0.1:9/mcp';
const at = (entry: Auth) => (entry['kind'] === 'stdio' ? {} : { url: ADDRESS });

export type Auth = Readonly<Record<string, unknown>>;

/** A gateway whose upstreams say what they are shown: the tool `whoami` of each answers with its credential. */
export class CredentialsStage implements AsyncDisposable {
  private constructor(readonly gateway: Gateway) {}

  /** @param upstreams the `auth` of each, or a whole entry */
  static async open(
    upstreams: Readonly<Record<string, Auth>>,
    settings: Readonly<Record<string, string | number>> = {},
  ): Promise<CredentialsStage> {
    const gateway = await Gateway.boot({ VAULT_KEY, ...settings });
    const stage = new CredentialsStage(gateway);
    gateway.app.get(UpstreamOpener, { strict: false }).open = (spec) => stage.connectionOf(spec);
    await stage.configure(upstreams);
    return stage;
  }

  async configure(upstreams: Readonly<Record<string, Auth>>): Promise<void> {
    const whole = (entry: Auth) => ('auth' in entry || 'env_from' in entry ? entry : { auth: entry });
    const entries = Object.entries(upstreams).map(
      ([name, entry]) => [name, { kind: 'http', ...at(entry), ...whole(entry) }] as const,
    );
    const path = join(this.gateway.folder, 'upstreams.yaml');
    await writeFile(path, JSON.stringify({ upstreams: Object.fromEntries(entries) }));
    await eventually(async () => {
      for (const [name, entry] of entries) {
        const found = this.registry.find(name);
        expect(found?.spec).toMatchObject(JSON.parse(JSON.stringify(entry)) as object);
        // Where each caller has a credential of its own, what there is is listed for the first who wants to know.
        if (found!.mountedTools.some(({ own }) => own.name === 'connect')) {
          await new ToolClient(this.gateway).result(`${name}__connect`);
        }
        expect(found!.mountedTools.map(({ own }) => own.name)).toEqual(['whoami']);
      }
    });
  }

  get credentials(): Credentials {
    return this.gateway.app.get(Credentials, { strict: false });
  }

  spec(name: string): UpstreamSpec {
    return this.registry.find(name)!.spec;
  }

  /** What an upstream is shown for somebody. */
  async shown(name: string, caller: Caller | undefined = LOCAL_CALLER): Promise<Credential> {
    return this.credentials.of(this.spec(name), caller, NEVER);
  }

  /** Calls `whoami` of an upstream over REST. */
  async call(name: string, headers: Readonly<Record<string, string>> = {}) {
    const url = `${this.gateway.url}/v1/tools/${name}__whoami/call`;
    const response = await fetch(url, { method: 'POST', headers });
    return { status: response.status, body: (await response.json()) as ToolResult & Record<string, unknown> };
  }

  /** Everything that the gateway has recorded so far. */
  async audit(): Promise<Record<string, unknown>[]> {
    const text = await readFile(join(this.gateway.folder, 'audit.jsonl'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }

  private get registry(): UpstreamRegistry {
    return this.gateway.app.get(UpstreamRegistry, { strict: false });
  }

  private connectionOf(spec: UpstreamSpec): ScriptedConnection {
    return new ScriptedConnection(
      {
        'tools/list': () => ({
          tools: [{ name: 'whoami', description: 'Who the gateway is.', inputSchema: { type: 'object' } }],
        }),
        'tools/call': async ({ caller, signal }) => {
          const { key, headers } = await this.credentials.of(spec, caller, signal);
          return { content: [{ type: 'text', text: key }], structuredContent: { key, headers } };
        },
      },
      { tools: {} },
    );
  }
}
