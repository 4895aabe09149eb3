import type { Caller } from '#core/caller.js';
import { CoreRefusal } from '#core/remote/core-refusal.js';
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
  /** As its REST route asks for. */
  readonly scope: Scope;
  readonly readOnly?: boolean;
  /** Calling twice has the effect of calling once. */
  readonly idempotent: boolean;
}

/** The answer as data, and in a few words for a model. */
export interface Told {
  readonly data: object;
  readonly text: string;
}

const TIMEOUT_MS = 20_000;
const MAX_RESULT_BYTES = 4 * 1024 * 1024;

/**
 * A tool that is a question to Core, as a REST route is one. Each is a class in the folder of its noun, named after what
 * it does: `sessions/start-session.tool.ts`.
 */
export abstract class BuiltinTool<Given> implements Tool {
  readonly definition: ToolDefinition;
  readonly upstream = BUILTIN;
  readonly tier = 'bronze';
  readonly scopes: readonly string[];
  readonly timeoutMs = TIMEOUT_MS;
  readonly idempotent: boolean;
  readonly cacheSeconds = 0;
  readonly revision = '1';
  readonly maxResultBytes = MAX_RESULT_BYTES;
  readonly guarded = false;
  private readonly schema: ObjectSchema;
  private compiled: ArgumentCheck | undefined;

  protected constructor(spec: BuiltinToolSpec) {
    const { name, title, description, input, output, readOnly = false, idempotent } = spec;
    this.scopes = [spec.scope];
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
        destructiveHint: false,
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

  async call({ caller, arguments: given }: ToolCall): Promise<ToolResult> {
    try {
      const { data, text } = await this.answer(caller, given as Given);
      return { content: [{ type: 'text', text }], structuredContent: data };
    } catch (error) {
      throw error instanceof CoreRefusal ? error.toAppError() : error;
    }
  }

  /** @throws the errors of Core */
  protected abstract answer(caller: Caller, given: Given): Promise<Told>;
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
