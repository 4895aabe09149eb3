import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject, ToolDefinition } from '#gateway/tools/tool.js';
import { ArgumentFault } from './argument-fault.js';

const MOST_FAULTS = 10;

/** Patterns of a document are shown, and not run: one of them may take for ever. The API runs its own. */
const NO_PATTERNS = Object.assign(() => ({ test: () => true }), { code: 'noPatterns' });

/** Holds arguments against the schemas of the tools, each compiled when it is first called. */
export class ArgumentChecks {
  private readonly checks = new WeakMap<ToolDefinition, ValidateFunction | null>();
  private ajv: Promise<Ajv2020> | undefined;

  /** @throws ArgumentFault */
  async check(definition: ToolDefinition, args: JsonObject): Promise<void> {
    let isValid = this.checks.get(definition);
    if (isValid === undefined) this.checks.set(definition, (isValid = compiled(await this.compiler(), definition)));
    if (!isValid || isValid(args)) return;
    const faults = (isValid.errors ?? []).slice(0, MOST_FAULTS).map(inWords);
    throw new ArgumentFault(`The arguments are not valid: ${faults.join('; ')}.`);
  }

  /** Loaded by the first call. */
  private compiler(): Promise<Ajv2020> {
    this.ajv ??= import('ajv/dist/2020.js').then(
      ({ Ajv2020: Compiler }) =>
        new Compiler({
          strict: false,
          allErrors: true,
          validateFormats: false,
          validateSchema: false,
          addUsedSchema: false,
          logger: false,
          code: { regExp: NO_PATTERNS },
        }),
    );
    return this.ajv;
  }
}

function compiled(ajv: Ajv2020, { inputSchema }: ToolDefinition): ValidateFunction | null {
  try {
    const check = ajv.compile(inputSchema);
    // Ajv itself would keep it for ever.
    ajv.removeSchema(inputSchema);
    return check;
  } catch {
    // The API has the last word.
    return null;
  }
}

function inWords({ instancePath, message, params }: ErrorObject): string {
  const unknown = (params as { additionalProperty?: string }).additionalProperty;
  const where = instancePath.slice(1).replaceAll('/', '.') || 'the arguments';
  return `${where} ${message ?? 'is not valid'}${unknown === undefined ? '' : ` (${unknown.slice(0, 64)})`}`;
}
