import type { Static } from '#schema/schema.js';
import type { ApprovedList, DefinitionList, DefinitionOut } from '#gateway/upstreams/definitions/definitions.models.js';
import { type HttpOptions, PersistentHttp } from '../client/persistent-http.js';

export type Definition = DefinitionOut;
export type Definitions = Static<typeof DefinitionList>;
export type DefinitionEntry = Definitions['definitions'][number];

/** The gateway's API for whoever approves what upstreams offer. */
export class DefinitionsClient {
  readonly #http: PersistentHttp;

  constructor(options: HttpOptions) {
    this.#http = new PersistentHttp(options);
  }

  list(upstream: string) {
    return this.#call<Definitions>('GET', at(upstream));
  }

  one(upstream: string, tool: string) {
    return this.#call<Definition>('GET', at(upstream, tool));
  }

  /** @param sha256 of what is decided about */
  decide(upstream: string, tool: string, decision: 'approve' | 'reject', sha256: string) {
    return this.#call<Definition>('POST', `${at(upstream, tool)}/${decision}`, { sha256 });
  }

  /** @param sha256 of all that waited when it was looked at */
  approveAll(upstream: string, classes: readonly string[], sha256: string) {
    return this.#call<Static<typeof ApprovedList>>('POST', `${at(upstream)}/approve`, { classes, sha256 });
  }

  async #call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    return (await this.#http.call(method, path, body && JSON.stringify(body))) as Answer;
  }
}

const at = (upstream: string, tool?: string): string => {
  const list = `/admin/upstreams/${encodeURIComponent(upstream)}/definitions`;
  return tool === undefined ? list : `${list}/${encodeURIComponent(tool)}`;
};
