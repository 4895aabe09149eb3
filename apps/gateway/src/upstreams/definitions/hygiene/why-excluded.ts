import { isObject, type JsonObject } from '#gateway/tools/tool.js';
import { member } from '#gateway/tools/hygiene/json.js';
import { findHidden } from '#gateway/tools/hygiene/hidden-text.js';
import { headerFault } from '#gateway/tools/hygiene/mcp-headers.js';
import { tooMuch } from '#gateway/tools/hygiene/measure.js';
import { type PatternBudget, patternFault } from './patterns.js';
import { referenceFault } from './schema-references.js';

export const LONGEST_NAME = 128;
const LONGEST_TITLE = 512;
const LONGEST_ADDRESS = 2_048;
const MAX_DESCRIPTION_BYTES = 8 * 1_024;
const MAX_SCHEMA_BYTES = 64 * 1_024;
const MAX_LENGTH = 256 * 1_024;

const TOOL_NAME = /^[A-Za-z0-9_./-]+$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * Why a tool cannot be offered at all, whoever would approve it; undefined where nothing stands against it. What is
 * cheap to find out, and keeps the rest bounded, comes first.
 */
export function whyToolExcluded(tool: unknown, budget: PatternBudget): string | undefined {
  if (!isObject(tool)) return 'it is no object';
  const { inputSchema, outputSchema } = tool;
  return (
    nameFault(tool['name'], TOOL_NAME) ??
    tooMuch(tool) ??
    textFaults(tool) ??
    sizeFault(tool) ??
    schemaFault('inputSchema', inputSchema, budget) ??
    (member(inputSchema as JsonObject, 'type') === 'object' ? undefined : 'inputSchema is not of type object') ??
    headerFault(inputSchema) ??
    (outputSchema === undefined ? undefined : schemaFault('outputSchema', outputSchema, budget))
  );
}

/** Likewise for a prompt, a resource or a template. */
export function whyOtherExcluded(other: unknown): string | undefined {
  if (!isObject(other)) return 'it is no object';
  const address = member(other, 'uri') ?? member(other, 'uriTemplate');
  return (
    nameFault(other['name'], undefined) ??
    (address === undefined ? undefined : addressFault(address)) ??
    tooMuch(other) ??
    textFaults(other) ??
    sizeFault(other)
  );
}

function nameFault(name: unknown, allowed: RegExp | undefined): string | undefined {
  if (typeof name !== 'string' || name === '') return 'it has no name';
  if (name.length > LONGEST_NAME) return `a name of more than ${LONGEST_NAME} characters`;
  if (allowed && !allowed.test(name)) return 'a name with other characters than letters, digits and _ . / -';
  return name in Object.prototype || name === 'prototype' ? 'a name that every object has' : undefined;
}

function addressFault(address: unknown): string | undefined {
  if (typeof address !== 'string' || !SCHEME.test(address) || /\s/.test(address)) return 'an address that is none';
  return address.length > LONGEST_ADDRESS ? `an address of more than ${LONGEST_ADDRESS} characters` : undefined;
}

function textFaults({ title, description }: JsonObject): string | undefined {
  for (const [name, text] of Object.entries({ title, description })) {
    if (text !== undefined && typeof text !== 'string') return `a ${name} that is no text`;
  }
  if (((title as string | undefined)?.length ?? 0) > LONGEST_TITLE)
    return `a title of more than ${LONGEST_TITLE} characters`;
  const bytes = Buffer.byteLength((description as string | undefined) ?? '');
  return bytes > MAX_DESCRIPTION_BYTES ? `a description of more than ${MAX_DESCRIPTION_BYTES} bytes` : undefined;
}

function sizeFault(value: JsonObject): string | undefined {
  const json = JSON.stringify(value);
  return json.length > MAX_LENGTH ? `more than ${MAX_LENGTH} characters` : findHidden(value, json);
}

function schemaFault(name: string, schema: unknown, budget: PatternBudget): string | undefined {
  if (!isObject(schema)) return `${name} is no object`;
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > MAX_SCHEMA_BYTES) return `${name} has more than ${MAX_SCHEMA_BYTES} bytes`;
  const fault = referenceFault(schema) ?? patternFault(schema, budget);
  return fault === undefined ? undefined : `${name} has ${fault}`;
}
