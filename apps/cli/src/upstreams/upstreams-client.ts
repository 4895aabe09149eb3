import type { UpstreamDetail, UpstreamOut, UpstreamTrial } from '#gateway/upstreams/admin/upstreams-admin.models.js';
import { type HttpOptions, PersistentHttp } from '../client/persistent-http.js';

export type Entry = Readonly<Record<string, unknown>>;
export type { UpstreamDetail, UpstreamOut, UpstreamTrial };

const BASE_PATH = '/admin/upstreams';

/** The gateway's API for whoever looks after its upstreams. */
export class UpstreamsClient {
  readonly #http: PersistentHttp;

  constructor(options: HttpOptions) {
    this.#http = new PersistentHttp(options);
  }

  async list(): Promise<readonly UpstreamOut[]> {
    return (await this.#call<{ upstreams: UpstreamOut[] }>('GET', '')).upstreams;
  }

  show(name: string) {
    return this.#call<UpstreamDetail>('GET', at(name));
  }

  /** @param revision that was seen; undefined: there is none of this name yet */
  put(name: string, entry: Entry, revision: number | undefined) {
    const seen: Record<string, string> = revision === undefined ? {} : { 'if-match': `"${revision}"` };
    return this.#call<UpstreamDetail>('PUT', at(name), entry, seen);
  }

  async remove(name: string): Promise<void> {
    await this.#call('DELETE', at(name));
  }

  say(name: string, word: 'enable' | 'disable' | 'refresh') {
    return this.#call<UpstreamDetail>('POST', `${at(name)}/${word}`);
  }

  test(name: string) {
    return this.#call<UpstreamTrial>('POST', `${at(name)}/test`);
  }

  testEntry(name: string, entry: Entry) {
    return this.#call<UpstreamTrial>('POST', '/test', { ...entry, name });
  }

  async #call<Answer>(method: string, path: string, body?: Entry, headers?: Record<string, string>): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return (await this.#http.call(method, BASE_PATH + path, text, headers)) as Answer;
  }
}

const at = (name: string) => `/${encodeURIComponent(name)}`;
