import type { Caller } from '#core/caller.js';
import { StoreUnavailable } from '#core/core.errors.js';
import { CoreRefusal } from '#core/remote/core-refusal.js';
import { isStoreUnavailable } from '#database/store-fault.js';
import type { Scope } from '#gateway/auth/scopes.js';
import type { JsonObject, Tool, ToolCall, ToolDefinition, ToolResult } from '#gateway/tools/tool.js';
import type { ObjectSchema } from '#schema/schema.js';
import { type ArgumentCheck, argumentCheck } from './argument-check.js';

/** What a tool of the gateway's own is, as far as it is not like all of them. */
export interface BuiltinToolSpec {
  readonly name: string;
  readonly title: string;
  /** For the model: when to use it, and what to do next. */
  readonly description: string;
  readonly input: ObjectSchema;
  /** What the arguments are held against, where that is less than what is published. */
  readonly checked?: ObjectSchema;
  readonly output: ObjectSchema;
  /** As its REST route asks for: all of them. */
  readonly scope: Scope | readonly Scope[];
  /** Or this one alone. */
  readonly orScope?: Scope;
  readonly secretArguments?: readonly string[];
  /** Default: `builtin`. */
  readonly upstream?: string;
  /** Milliseconds. */
  readonly timeoutMs?: number;
  /** It takes away what may be missed. */
  readonly destructive?: boolean;
  readonly readOnly?: boolean;
  /** Calling twice has the effect of calling once. */
  readonly idempotent: boolean;
}

/** The answer as data, and in a few words for a model. */
export interface Told {
  readonly data: object;
  readonly text: string;
  /** The tool has done what it was asked, and what came of it is a failure. */
  readonly isError?: boolean;
}

const TIMEOUT_MS = 20_000;
const MAX_RESULT_BYTES = 4 * 1024 * 1024;

/**
 * A tool that is a question to Core, as a REST route is one. Each is a class in the folder of its noun, named after what
 * it does: `sessions/start-session.tool.ts`.
 */
export abstract class BuiltinTool<Given> implements Tool {
  readonly definition: ToolDefinition;
  readonly upstream: string;
  readonly tier = 'bronze';
  readonly scopes: readonly string[];
  readonly orScopes?: readonly string[];
  readonly secretArguments?: readonly string[];
  readonly timeoutMs: number;
  readonly idempotent: boolean;
  readonly cacheSeconds = 0;
  readonly revision = '1';
  readonly maxResultBytes = MAX_RESULT_BYTES;
  readonly guarded = false;
  private readonly schema: ObjectSchema;
  private compiled: ArgumentCheck | undefined;

  protected constructor(spec: BuiltinToolSpec) {
    const { name, title, description, input, output, readOnly = false, destructive = false, idempotent } = spec;
    this.upstream = spec.upstream ?? BUILTIN;
    this.scopes = [spec.scope].flat();
    if (spec.orScope) this.orScopes = [spec.orScope];
    if (spec.secretArguments) this.secretArguments = spec.secretArguments;
    this.timeoutMs = spec.timeoutMs ?? TIMEOUT_MS;
    this.idempotent = idempotent;
    this.schema = spec.checked ?? input;
    this.definition = {
      name,
      title,
      description,
      inputSchema: { ...(published(input) as JsonObject), additionalProperties: false },
      outputSchema: published(output) as JsonObject,
      annotations: {
        title,
        readOnlyHint: readOnly,
        destructiveHint: destructive,
        idempotentHint: idempotent,
        openWorldHint: false,
      },
    };
  }

  /** @throws InvalidArguments, for the first argument that is wrong */
  check(given: JsonObject): JsonObject {
    this.compiled ??= argumentCheck(this.schema);
    return this.compiled(given);
  }

  async call(call: ToolCall): Promise<ToolResult> {
    try {
      const { data, text, isError = false } = await this.answer(call.caller, call.arguments as Given, call);
      return { content: [{ type: 'text', text }], structuredContent: data, ...(isError && { isError }) };
    } catch (error) {
      if (error instanceof CoreRefusal) throw error.toAppError();
      // Also for its record: that the store is away is no fault of ours.
      throw isStoreUnavailable(error) ? new StoreUnavailable(error) : error;
    }
  }

  /** @throws the errors of Core */
  protected abstract answer(caller: Caller, given: Given, call: ToolCall): Promise<Told>;
}

/** `upstream` of the gateway's own tools. */
export const BUILTIN = 'builtin';

/** The schema without `$id`s: two tools with one model in them must not meet in a client's validator. */
function published(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(published);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]) => (keyword === '$id' ? [] : [[keyword, published(value)]])),
  );
}
