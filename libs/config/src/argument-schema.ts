import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ToolEntry } from './tools-file.js';

type Json = Readonly<Record<string, unknown>>;

const MAX_SCHEMA_BYTES = 64 * 1_024;
const MAX_DEPTH = 16;
const MAX_NODES = 5_000;

/**
 * Strict: a keyword that Ajv does not know is a typing error, and a default that it would pass over is one too. It is
 * told neither drafts nor meta-schemas, whose compilation costs a start 80 ms: it holds each keyword's type against what
 * it knows itself.
 */
const OPTIONS: Options = {
  strict: true,
  strictTypes: false,
  strictRequired: false,
  meta: false,
  validateSchema: false,
  addUsedSchema: false,
};

function compiler(more: Options): (schema: Json) => ValidateFunction {
  const ajv = new Ajv2020({ ...OPTIONS, ...more });
  addFormats.default(ajv);
  // MCP 2026-07-28: the argument's value stands in a header, too.
  ajv.addVocabulary(['x-mcp-header']);
  const compiled = new WeakMap<Json, ValidateFunction>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known) return known;
    const validate = ajv.compile(schema);
    if ('$async' in validate) throw new Error('$async is not supported');
    // Ajv itself would keep it for ever.
    ajv.removeSchema(schema);
    compiled.set(schema, validate);
    return validate;
  };
}

/** A check of arguments that fills in defaults; compiled once for each schema. @throws for an unusable schema */
export const compileInput = compiler({ allErrors: true, useDefaults: true });

/** A check of an answer, which stays as it is; likewise. @throws for an unusable schema */
export const compileOutput = compiler({});

/** What is wrong with a tool's schemas and with what is checked beside them. */
export function argumentFaults({ inputSchema, outputSchema, checks = {} }: ToolEntry): string[] {
  const faults = schemaFaults('inputSchema', inputSchema, compileInput);
  if (inputSchema['type'] !== 'object') faults.push('inputSchema.type must be object');
  if (inputSchema['additionalProperties'] === undefined && inputSchema['unevaluatedProperties'] === undefined) {
    faults.push('inputSchema must say additionalProperties; false refuses arguments that it does not name');
  }
  if (outputSchema) faults.push(...schemaFaults('outputSchema', outputSchema, compileOutput));
  const properties = (inputSchema['properties'] ?? {}) as Readonly<Record<string, Json | undefined>>;
  for (const [name, check] of Object.entries(checks)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!property) faults.push(`checks.${name} is not an argument of inputSchema`);
    else if (!isText(property, check)) faults.push(`checks.${name} needs an argument of type string`);
  }
  return faults;
}

/** Paths may come as a list. */
const isText = ({ type, items }: Json, check: string): boolean =>
  type === 'string' || (check === 'path' && type === 'array' && (items as Json | undefined)?.['type'] === 'string');

function schemaFaults(member: string, schema: Json, compile: (schema: Json) => unknown): string[] {
  const size = sizeFault(schema);
  if (size !== undefined) return [`${member} ${size}`];
  try {
    compile(schema);
    return [];
  } catch (error) {
    return [`${member} is no usable JSON Schema: ${(error as Error).message.replace(/^strict mode: /, '')}`];
  }
}

/** YAML's aliases can make much of little, and what never ends: counted before anything walks through it. */
function sizeFault(schema: Json): string | undefined {
  let nodes = 0;
  const fits = (value: unknown, depth: number): boolean => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) return false;
    if (typeof value !== 'object' || value === null) return true;
    return Object.values(value).every((member) => fits(member, depth + 1));
  };
  if (!fits(schema, 1)) return `is nested deeper than ${MAX_DEPTH}, or holds more than ${MAX_NODES} values`;
  if (JSON.stringify(schema).length > MAX_SCHEMA_BYTES) return `is larger than ${MAX_SCHEMA_BYTES} bytes`;
  return undefined;
}
