import type { JsonObject, Tool, ToolCall, ToolDefinition, ToolResult } from '#gateway/tools/tool.js';
import type { Tier } from '#core/caller.js';
import { RunResult } from '../dynamic-tool.schema.js';
import { GRACE_MS } from '../running/run-times.js';
import { runResult } from '../running/run-result.js';
import type { ArgumentCheck } from './arguments/argument-schemas.js';
import { declarationOf, type Definition } from './content.js';
import type { DynamicToolParts } from './dynamic-tool.parts.js';
import { DYNAMIC } from './taken-names.js';
import type { LiveRow } from './tool-row.js';

const { $id: _, ...OUTPUT } = RunResult;

/** What is taken by a tool that says nothing of its arguments. */
const ANYTHING: JsonObject = {
  type: 'object',
  properties: { args: { type: 'object', description: 'What the code gets as args.', default: {} } },
  additionalProperties: false,
};

/** The live version of a tool that somebody made while the gateway was up. */
export class DynamicTool implements Tool {
  readonly definition: ToolDefinition;
  readonly upstream = DYNAMIC;
  readonly metricsName = DYNAMIC;
  readonly tier: Tier;
  readonly scopes: readonly string[];
  readonly tenants?: ReadonlySet<string>;
  readonly timeoutMs: number;
  readonly idempotent = false;
  readonly cacheSeconds = 0;
  readonly revision: string;
  readonly maxResultBytes: number;
  readonly guarded = false;
  /** What it was granted; undefined: nothing. */
  private readonly granted: Definition['hostFunctions'];

  constructor(
    private readonly row: LiveRow,
    private readonly parts: DynamicToolParts,
  ) {
    const { definition, tenant, published } = row;
    if (!published) this.tenants = new Set([tenant]);
    const declared = declarationOf(definition);
    this.granted = declared !== undefined && declared === row.granted ? definition.hostFunctions : undefined;
    this.definition = shown(row, this.granted);
    this.tier = definition.tier;
    this.scopes = definition.scopes;
    this.timeoutMs = definition.timeoutMs + GRACE_MS;
    this.revision = String(row.revision);
    this.maxResultBytes = parts.maxResultBytes;
  }

  /** @throws InvalidArguments */
  check(given: JsonObject): JsonObject {
    const check: ArgumentCheck = this.parts.schemas.checkOf(this.definition.inputSchema);
    return check(given);
  }

  /** What the code does, its faults too, is a result. @throws RunRejected, SandboxBusy, SandboxUnavailable, StoreUnavailable … */
  async call(call: ToolCall): Promise<ToolResult> {
    const { runs, host, code } = this.parts;
    const { id, name, definition } = this.row;
    const { engine, image, dependencies, timeoutMs, inputSchema } = definition;
    const outcome = await runs.run(
      call.caller,
      {
        scope: `dynamic.exec.${name}`,
        engine,
        code: await code.of(this.row),
        args: inputSchema ? call.arguments : (call.arguments['args'] ?? {}),
        timeoutMs,
        nested: call.depth !== undefined,
        ...(image !== undefined && { image }),
        ...(dependencies.length > 0 && { dependencies }),
        ...(this.granted && { host: host.of({ tool: id, functions: this.granted }, call) }),
      },
      call.signal,
    );
    return runResult(outcome);
  }
}

/** Code without host functions reaches nothing and changes nothing. */
function shown({ name, definition }: LiveRow, granted: Definition['hostFunctions']): ToolDefinition {
  const { title, description, inputSchema = ANYTHING } = definition;
  const isOpen = granted?.fetch !== undefined || granted?.callTool !== undefined;
  return {
    name,
    ...(title !== undefined && { title }),
    description,
    inputSchema,
    outputSchema: OUTPUT,
    annotations: {
      ...(title !== undefined && { title }),
      readOnlyHint: granted === undefined,
      destructiveHint: isOpen,
      idempotentHint: false,
      openWorldHint: isOpen,
    },
  };
}
