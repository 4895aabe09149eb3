import { ExpectedFailure } from '../expected-failure.js';
import { objectOf } from '../formats/untrusted-json.js';
import type { Desk } from './desk.js';
import { parseJson, readInput } from './read-input.js';
import type { ToolEntry } from './tools-client.js';

/** What code runs on. */
export interface EngineOptions {
  readonly engine?: string;
  readonly image?: string;
  readonly dependency?: readonly string[];
  /** Milliseconds. */
  readonly timeout?: number;
}

/** What a tool is made of on the command line. */
export interface ToolOptions extends EngineOptions {
  readonly title?: string;
  readonly description?: string;
  readonly codeFile?: string;
  readonly schema?: string;
  readonly tier?: string;
  readonly scope?: readonly string[];
  readonly fetchHost?: readonly string[];
  readonly callTool?: readonly string[];
  readonly kv?: boolean;
}

/** The members that the options say. The gateway judges them. @throws ExpectedFailure for files that cannot be read */
export async function givenTool(options: ToolOptions, desk: Desk | undefined): Promise<ToolEntry> {
  const { title, description, codeFile, schema, tier, scope } = options;
  const hostFunctions = hostFunctionsOf(options);
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(schema !== undefined && { inputSchema: await schemaOf(schema) }),
    ...(codeFile !== undefined && { code: await readInput(codeFile, desk) }),
    ...engineOf(options),
    ...(tier !== undefined && { tier }),
    ...(scope !== undefined && { scopes: scope }),
    ...(hostFunctions && { hostFunctions }),
  };
}

export function engineOf({ engine, image, dependency, timeout }: EngineOptions): ToolEntry {
  return {
    ...(engine !== undefined && { engine }),
    ...(image !== undefined && { image }),
    ...(dependency !== undefined && { dependencies: dependency.map(dependencyOf) }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
  };
}

/** `name@version`; the name of a scoped package begins with an `@` of its own. */
function dependencyOf(given: string): ToolEntry {
  const end = given.lastIndexOf('@');
  if (end <= 0 || end === given.length - 1) {
    throw new ExpectedFailure(`Say which version of ${given}: --dependency ${given.replace(/@$/, '')}@1.2.3`);
  }
  return { name: given.slice(0, end), version: given.slice(end + 1) };
}

/** What the tool asks for, as a whole. */
function hostFunctionsOf({ fetchHost, callTool, kv }: ToolOptions): ToolEntry | undefined {
  if (fetchHost === undefined && callTool === undefined && kv !== true) return undefined;
  return {
    ...(fetchHost !== undefined && { fetch: { hosts: fetchHost } }),
    ...(callTool !== undefined && { callTool: { tools: callTool } }),
    ...(kv === true && { kv: {} }),
  };
}

async function schemaOf(file: string): Promise<unknown> {
  const schema = objectOf(parseJson(file, await readInput(file, undefined)));
  if (!schema) throw new ExpectedFailure(`${file} must hold one JSON Schema, an object.`);
  return schema;
}
