import type { Caller } from '#core/caller.js';
import { type InputRequired, isInputRequired, type JsonObject } from '#gateway/tools/tool.js';
import type {
  Completion,
  PromptAnswer,
  PromptDefinition,
  PromptProvider,
  SourceRequest,
} from '#gateway/tools/tool-source.js';
import { InvalidResult, PromptNotFound } from '#gateway/tools/tools.errors.js';
import { valuesOf } from './upstream-completions.js';
import type { Upstream } from './upstream.js';
import { mapMessage } from './upstream-uris.js';
import type { UpstreamView } from './upstream-view.js';

/** The prompts of some upstreams, as one kind of mount shows them. */
export class UpstreamPrompts implements PromptProvider {
  /** @param upstreams those that there are now, in the order of their names */
  constructor(
    private readonly upstreams: () => Iterable<Upstream>,
    private readonly view: UpstreamView,
  ) {}

  list(caller: Caller): readonly PromptDefinition[] {
    return [...this.upstreams()]
      .filter((upstream) => upstream.isVisibleTo(caller))
      .flatMap(({ spec, prompts }) =>
        prompts.map((prompt) => ({ ...prompt, name: this.view.name(spec, prompt.name) })),
      );
  }

  /** @throws PromptNotFound, and what the connection throws */
  async get(
    request: SourceRequest,
    name: string,
    args: Readonly<Record<string, string>>,
  ): Promise<PromptAnswer | InputRequired> {
    const { upstream, own } = this.resolve(request.caller, name);
    const params = { name: own, arguments: args };
    const result = await upstream.calls.carry({ ...request, method: 'prompts/get', params, idempotent: true });
    if (isInputRequired(result)) return result;
    const { messages } = result;
    if (!Array.isArray(messages)) throw new InvalidResult(upstream.name, 'it has no messages');
    const mapped = (messages as JsonObject[]).map((one) => mapMessage(one, (uri) => this.view.uri(upstream.spec, uri)));
    return { ...result, messages: mapped };
  }

  async complete(request: SourceRequest, completion: Completion): Promise<readonly string[]> {
    const { upstream, own } = this.resolve(request.caller, completion.of);
    return valuesOf(upstream, request, { type: 'ref/prompt', name: own }, completion);
  }

  /** By the whole list: a name that was shortened cannot be taken apart. */
  private resolve(caller: Caller, name: string): { readonly upstream: Upstream; readonly own: string } {
    for (const upstream of this.upstreams()) {
      if (!upstream.isVisibleTo(caller)) continue;
      const own = upstream.prompts.find((prompt) => this.view.name(upstream.spec, prompt.name) === name);
      if (own) return { upstream, own: own.name };
    }
    throw new PromptNotFound(name);
  }
}
