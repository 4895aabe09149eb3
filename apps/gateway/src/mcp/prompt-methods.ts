import { Injectable } from '@nestjs/common';
import type { Caller } from '#core/caller.js';
import type { Mount } from '#gateway/tools/mount.js';
import type { PromptDefinition, PromptProvider, ToolSource } from '#gateway/tools/tool-source.js';
import { isInputRequired, isObject } from '#gateway/tools/tool.js';
import { PromptNotFound } from '#gateway/tools/tools.errors.js';
import { RPC, RpcError } from './json-rpc.js';
import type { McpRequest } from './mcp-request.js';
import { ordered, pageOf } from './pages.js';
import { cacheableInForm, inForm, LIST_TTL_MS } from './result-form.js';
import { SourceAudit } from './source-audit.js';

const nameOf = ({ name }: PromptDefinition) => name;

/** A source that has prompts. */
export type WithPrompts = ToolSource & { readonly prompts: PromptProvider };

/** The prompts of all sources as one list. Of two prompts of one name the first source's counts. */
@Injectable()
export class PromptMethods {
  constructor(private readonly audit: SourceAudit) {}

  ownerOf(mount: Mount, caller: Caller, prompt: string): WithPrompts | undefined {
    return sourcesOf(mount).find(({ prompts }) => prompts.list(caller).some(({ name }) => name === prompt));
  }

  visibleTo(mount: Mount, caller: Caller): readonly PromptDefinition[] {
    const all = sourcesOf(mount).flatMap(({ prompts }) => prompts.list(caller));
    return ordered(all, nameOf);
  }

  /** @throws RpcError for a cursor that is none */
  list({ mount, era, caller, params }: McpRequest): object {
    const { items, nextCursor } = pageOf('prompts', this.visibleTo(mount, caller), nameOf, params['cursor']);
    const result = { prompts: items, ...(nextCursor !== undefined && { nextCursor }) };
    return cacheableInForm(era, result, LIST_TTL_MS);
  }

  /** @throws RpcError, PromptNotFound, InvalidArguments */
  async get(request: McpRequest): Promise<object> {
    const { name, arguments: given = {} } = request.params;
    if (typeof name !== 'string') throw new RpcError(RPC.INVALID_PARAMS, 'params.name must be the name of a prompt.');
    if (!isTexts(given)) throw new RpcError(RPC.INVALID_PARAMS, 'params.arguments must be an object of strings.');
    const owner = this.ownerOf(request.mount, request.caller, name);
    const answer = await this.audit.record(request, owner?.name, name, async () => {
      if (!owner) throw new PromptNotFound(name);
      return owner.prompts.get(request, name, given);
    });
    return isInputRequired(answer) ? answer : inForm(request.era, answer);
  }
}

const sourcesOf = ({ directory }: Mount): readonly WithPrompts[] =>
  directory.sources.filter((source): source is WithPrompts => source.prompts !== undefined);

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every((text) => typeof text === 'string');
