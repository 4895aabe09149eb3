import type { Page } from '#core/page.js';
import type { DynamicToolRecord, DynamicToolVersion } from '#gateway/dynamic-tools/dynamic-tool.schema.js';
import type { RunOutcome } from '#sandbox/sandbox.js';
import { type HttpOptions, PersistentHttp } from '../client/persistent-http.js';

export type { DynamicToolRecord, DynamicToolVersion, RunOutcome };
export type ToolEntry = Readonly<Record<string, unknown>>;

/** What a tool answers, as MCP has it. */
export interface Called {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

export interface ToolsOptions extends HttpOptions {
  readonly adminToken?: string;
}

const BASE_PATH = '/v1/dynamic-tools';

/** Longest that a run may take, with what comes before and after it. */
const RUN_MS = 330_000;

/** The gateway's API for whoever makes tools. */
export class ToolsClient {
  readonly #http: PersistentHttp;
  /** For what is not the same when it is done twice: a change, a run. */
  readonly #once: PersistentHttp;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ adminToken, ...options }: ToolsOptions) {
    this.#http = new PersistentHttp(options);
    this.#once = new PersistentHttp({ timeoutMs: RUN_MS, ...options, patienceMs: 0, firstContactMs: 0, limitedMs: 0 });
    this.#headers = adminToken ? { 'x-admin-token': adminToken } : {};
  }

  /** All of them, by name. */
  async list(): Promise<readonly DynamicToolRecord[]> {
    const tools: DynamicToolRecord[] = [];
    let after = '';
    for (;;) {
      const page = await this.#read<Page<DynamicToolRecord>>(`?limit=200${after}`);
      tools.push(...page.items);
      if (page.next_cursor === null) return tools;
      after = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
  }

  /** With its code. */
  one(name: string) {
    return this.#read<DynamicToolRecord>(at(name));
  }

  async history(name: string): Promise<readonly DynamicToolVersion[]> {
    return (await this.#read<{ versions: DynamicToolVersion[] }>(`${at(name)}/versions`)).versions;
  }

  version(name: string, version: number) {
    return this.#read<DynamicToolRecord>(`${at(name)}/versions/${version}`);
  }

  create(entry: ToolEntry) {
    return this.#change<DynamicToolRecord>('POST', '', entry);
  }

  /** @param revision that was seen; undefined: whichever it is at */
  patch(name: string, patch: ToolEntry, revision: number | undefined) {
    return this.#change<DynamicToolRecord>('PATCH', at(name), patch, revision);
  }

  async remove(name: string, revision: number | undefined): Promise<void> {
    await this.#change('DELETE', at(name), undefined, revision);
  }

  rollback(name: string, version: number, revision: number | undefined) {
    return this.#change<DynamicToolRecord>('POST', `${at(name)}/rollback`, { version }, revision);
  }

  say(name: string, word: 'enable' | 'disable' | 'approve' | 'grant' | 'publish', revision: number | undefined) {
    return this.#change<DynamicToolRecord>('POST', `${at(name)}/${word}`, undefined, revision);
  }

  takeBack(name: string, word: 'grant' | 'publish', revision: number | undefined) {
    return this.#change<DynamicToolRecord>('DELETE', `${at(name)}/${word}`, undefined, revision);
  }

  /** Code that is run once and kept nowhere. */
  run(body: ToolEntry) {
    return this.#change<RunOutcome>('POST', '/run', body);
  }

  /** Calls a tool as any of its callers does. */
  async call(name: string, args: unknown): Promise<Called> {
    const body = JSON.stringify({ arguments: args });
    return (await this.#once.call('POST', `/v1/tools/${encodeURIComponent(name)}/call`, body)) as Called;
  }

  async #read<Answer>(path: string): Promise<Answer> {
    return (await this.#http.call('GET', BASE_PATH + path, undefined, this.#headers)) as Answer;
  }

  async #change<Answer>(method: string, path: string, body?: ToolEntry, revision?: number): Promise<Answer> {
    const seen: Record<string, string> = revision === undefined ? {} : { 'if-match': `"${revision}"` };
    const text = body === undefined ? undefined : JSON.stringify(body);
    return (await this.#once.call(method, BASE_PATH + path, text, { ...this.#headers, ...seen })) as Answer;
  }
}

const at = (name: string) => `/${encodeURIComponent(name)}`;
