import type { JsonObject } from '#gateway/tools/tool.js';
import type { ApiOperation, ApiParameter } from './api-operation.js';
import { ArgumentFault } from './argument-fault.js';
import { encodeBody } from './encode-body.js';
import { fillPath, valueFault } from './path-template.js';
import { inPath, inQuery, simple, textsOf } from './serialise.js';

/** One call of an API, before it has a base address and credentials. */
export interface ApiRequest {
  readonly method: ApiOperation['method'];
  /** Below the base address, encoded. */
  readonly path: string;
  /** What stands after the question mark, piece by piece, encoded. */
  readonly query: readonly string[];
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | null;
}

/** A header's value: anything else could end it and begin another. */
const IN_HEADER = /^[\t\x20-\x7e]*$/;

/** @throws ArgumentFault */
export function buildRequest(operation: ApiOperation, args: JsonObject): ApiRequest {
  const inPlaces = new Map<string, string>();
  const query: string[] = [];
  const headers: Record<string, string> = { accept: 'application/json, */*;q=0.5' };
  for (const parameter of operation.parameters) {
    const value = args[parameter.argument];
    if (value === undefined || value === null) {
      if (parameter.in === 'path') throw new ArgumentFault(`${parameter.argument} is required.`);
      continue;
    }
    place(parameter, parameter.isJson ? JSON.stringify(value) : value, inPlaces, query, headers);
  }
  const body = operation.body && encodeBody(operation.body, args);
  if (body) headers['content-type'] = body.contentType;
  return {
    method: operation.method,
    path: filled(operation.path, inPlaces),
    query,
    headers,
    body: body?.bytes ?? null,
  };
}

function place(
  parameter: ApiParameter,
  value: unknown,
  inPlaces: Map<string, string>,
  query: string[],
  headers: Record<string, string>,
): void {
  const { argument, name } = parameter;
  switch (parameter.in) {
    case 'path': {
      for (const text of textsOf(value)) {
        const fault = valueFault(text);
        if (fault !== undefined) throw new ArgumentFault(`${argument} ${fault}.`);
      }
      inPlaces.set(name, inPath(parameter, value));
      return;
    }
    case 'query':
      query.push(...inQuery(parameter, value));
      return;
    case 'header': {
      const text = simple(value, parameter.explode, (one) => one).replace(/^[ \t]+|[ \t]+$/g, '');
      if (!IN_HEADER.test(text)) throw new ArgumentFault(`${argument} may only hold visible ASCII characters.`);
      headers[name.toLowerCase()] = text;
      return;
    }
    default:
      return parameter.in satisfies never;
  }
}

function filled(path: string, inPlaces: ReadonlyMap<string, string>): string {
  try {
    return fillPath(path, inPlaces);
  } catch (error) {
    throw new ArgumentFault((error as Error).message);
  }
}
