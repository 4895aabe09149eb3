import type { Caller } from '#core/caller.js';
import type { CallChannel } from './call-channel.js';
import type { InputRequired, JsonObject, Tool } from './tool.js';

/**
 * Where tools come from: the only way in. A source offers tools, and may offer resources and prompts. What it offers it
 * says at once, from memory; when that changes it tells `Changes`.
 */
export abstract class ToolSource {
  /** Of records and metrics. */
  abstract readonly name: string;
  /** Everything it offers now, to whomever. The same array until something changes. */
  abstract tools(): readonly Tool[];
  /** While it finds out for the first time what it offers: resolves when it knows more, or has waited long enough. Never rejects. */
  get settling(): Promise<void> | undefined {
    return undefined;
  }
  /** Milliseconds that its list of tools may be kept, where it says so. */
  get ttlMs(): number | undefined {
    return undefined;
  }
  readonly resources?: ResourceProvider;
  readonly prompts?: PromptProvider;
}

/** One resource or template as the lists show it, relayed as it is. */
export interface ResourceDefinition {
  readonly uri: string;
  readonly name: string;
  readonly [member: string]: unknown;
}
export interface ResourceTemplate {
  readonly uriTemplate: string;
  readonly name: string;
  readonly [member: string]: unknown;
}

/** Somebody asks for something that is not a tool. */
export interface SourceRequest {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly channel: CallChannel;
}

/** A page of a list: the first one when there is no cursor, the last one when it names no next. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** Opaque, of the source. */
  readonly nextCursor?: string;
}

/** `contents` as `resources/read` answers them. */
export type ResourceAnswer = { readonly contents: readonly JsonObject[]; readonly [member: string]: unknown };

export interface ResourceProvider {
  /** True for an address that this provider answers for, whether there is such a resource or not. */
  owns(uri: string): boolean;
  /** What this caller may see. */
  list(request: SourceRequest, cursor: string | undefined): Promise<Listed<ResourceDefinition>>;
  templates(caller: Caller): readonly ResourceTemplate[];
  /** @throws ResourceNotFound, for what the caller may not see too */
  read(request: SourceRequest, uri: string): Promise<ResourceAnswer | InputRequired>;
  /** Values for a variable of a template. */
  complete?(request: SourceRequest, completion: Completion): Promise<readonly string[]>;
}

/** A prompt as `prompts/list` shows it. */
export interface PromptDefinition {
  readonly name: string;
  readonly [member: string]: unknown;
}

export type PromptAnswer = { readonly messages: readonly JsonObject[]; readonly [member: string]: unknown };

export interface PromptProvider {
  list(caller: Caller): readonly PromptDefinition[];
  /** @throws PromptNotFound, InvalidArguments */
  get(
    request: SourceRequest,
    name: string,
    args: Readonly<Record<string, string>>,
  ): Promise<PromptAnswer | InputRequired>;
  complete?(request: SourceRequest, completion: Completion): Promise<readonly string[]>;
}

/** `completion/complete`: what is being filled in, and what is known already. */
export interface Completion {
  /** Name of the prompt, or the template's address. */
  readonly of: string;
  readonly argument: string;
  readonly value: string;
  readonly context: Readonly<Record<string, string>>;
}
