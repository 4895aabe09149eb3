import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { OWN_SCHEMAS_UNOPTIMIZED } from '#schema/own-schemas.js';
import type { Schema } from '#schema/schema.js';

/** A file that an operator edits and that is not right: names the file and every fault in it. */
export class OperatorFileError extends Error {
  constructor(
    readonly file: string,
    readonly faults: readonly string[],
  ) {
    super(faults.map((fault) => `${file}: ${fault}`).join('\n'));
    this.name = 'OperatorFileError';
  }
}

const ajv = new Ajv({ ...OWN_SCHEMAS_UNOPTIMIZED, allErrors: true, useDefaults: true });

/**
 * Reads a YAML file of `config/` and holds it against its schema; undefined when there is no such file.
 * @throws OperatorFileError naming every fault.
 */
export function readOperatorFile<T>(file: string, schema: Schema<T>): T | undefined {
  return existsSync(file) ? parseOperatorFile(file, readFileSync(file, 'utf8'), schema) : undefined;
}

/** The same for what has been read. @param file for faults */
export function parseOperatorFile<T>(file: string, text: string, schema: Schema<T>): T {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new OperatorFileError(file, [(error as Error).message.split('\n')[0]!]);
  }
  const check = ajv.compile<T>(schema);
  if (check(value)) return value;
  const faults = (check.errors ?? []).map(({ instancePath, message, params }) => {
    const unknown = (params as { additionalProperty?: string }).additionalProperty;
    return `${instancePath.slice(1).replaceAll('/', '.') || 'the file'} ${message}${unknown ? `: ${unknown}` : ''}`;
  });
  throw new OperatorFileError(file, faults);
}
