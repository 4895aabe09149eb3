import { Injectable } from '@nestjs/common';
import type { Completion } from '#gateway/tools/tool-source.js';
import { isObject } from '#gateway/tools/tool.js';
import { RPC, RpcError } from './json-rpc.js';
import type { McpRequest } from './mcp-request.js';
import { PromptMethods } from './prompt-methods.js';
import { ResourceMethods } from './resource-methods.js';
import { inForm } from './result-form.js';

/** As many as an answer may hold. */
const MOST_VALUES = 100;

const wrong = (message: string) => new RpcError(RPC.INVALID_PARAMS, message);

/** `completion/complete`: values for an argument of a prompt, or a variable of a resource template. */
@Injectable()
export class Completions {
  constructor(
    private readonly prompts: PromptMethods,
    private readonly resources: ResourceMethods,
  ) {}

  /** @throws RpcError, and what the sources throw */
  async complete(request: McpRequest): Promise<object> {
    const { ref } = request.params;
    if (!isObject(ref)) throw wrong('params.ref must be a prompt or a resource template.');
    const isPrompt = ref['type'] === 'ref/prompt' && typeof ref['name'] === 'string';
    if (!isPrompt && !(ref['type'] === 'ref/resource' && typeof ref['uri'] === 'string')) {
      throw wrong('params.ref must be a prompt with its name, or a resource template with its uri.');
    }
    const of = String(isPrompt ? ref['name'] : ref['uri']);
    const completion = readCompletion(request, of);
    const provider = isPrompt
      ? this.prompts.ownerOf(request.mount, request.caller, of)?.prompts
      : this.providerOf(request, of);
    if (!provider) throw wrong(`There is no such ${isPrompt ? 'prompt' : 'resource template'}.`);
    const values = (await provider.complete?.(request, completion)) ?? [];
    const told = { values: values.slice(0, MOST_VALUES), total: values.length, hasMore: values.length > MOST_VALUES };
    return inForm(request.era, { completion: told });
  }

  private providerOf({ mount, caller }: McpRequest, template: string) {
    const owner = this.resources.ownerOfTemplate(mount, caller, template) ?? this.resources.ownerOf(mount, template);
    return owner?.resources;
  }
}

function readCompletion({ params }: McpRequest, of: string): Completion {
  const { argument, context } = params;
  const known = isObject(context) && isObject(context['arguments']) ? context['arguments'] : {};
  if (!isObject(argument) || typeof argument['name'] !== 'string' || typeof argument['value'] !== 'string') {
    throw wrong('params.argument must have a name and a value.');
  }
  const texts = Object.entries(known).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { of, argument: argument['name'], value: argument['value'], context: Object.fromEntries(texts) };
}
