import { isObject } from '#gateway/tools/tool.js';
import type { ApiParameter, Style } from './api-operation.js';
import { OperationFault } from './document-faults.js';
import { type Json, member, resolved } from './references.js';
import { cut } from './schema-keywords.js';
import type { SchemaConversion } from './schema-conversion.js';

/** A parameter with what its tool says of it. */
export interface DescribedParameter extends Omit<ApiParameter, 'argument'> {
  readonly schema: Json;
  readonly required: boolean;
}

/**
 * Headers that are not a caller's to set: those of the connection, of the gateway and of credentials. OpenAPI itself
 * says that `Accept`, `Content-Type` and `Authorization` are no parameters.
 */
const RESERVED_HEADER =
  /^(?:accept|accept-encoding|content-.*|authorization|cookie|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|forwarded|via|origin|referer|user-agent|x-forwarded-.*|x-real-ip|x-request-id|proxy-.*|sec-.*|traceparent|tracestate|baggage|x-http-method.*|x-method-override|x-original-.*|x-rewrite-.*)$/i;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

const STYLES: Readonly<Record<ApiParameter['in'], readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'deepObject', 'spaceDelimited', 'pipeDelimited'],
  header: ['simple'],
};

/**
 * The parameters of an operation that a caller gives: of two that are the same the later one counts. Cookies are left out: they are a browser's.
 * @throws OperationFault
 */
export function parametersOf(root: Json, lists: readonly unknown[], schemas: SchemaConversion): DescribedParameter[] {
  const found = new Map<string, Json>();
  for (const listed of lists) {
    if (!Array.isArray(listed)) continue;
    for (const entry of listed) {
      const parameter = resolved(root, entry);
      found.set(`${String(parameter['in'])} ${String(parameter['name'])}`, parameter);
    }
  }
  return [...found.values()].flatMap((parameter) => describedParameter(parameter, schemas) ?? []);
}

function describedParameter(parameter: Json, schemas: SchemaConversion): DescribedParameter | undefined {
  const { name, in: place } = parameter;
  if (typeof name !== 'string' || name === '' || name === '__proto__') return undefined;
  if (place !== 'path' && place !== 'query' && place !== 'header') return undefined;
  if (place === 'header' && (!TOKEN.test(name) || RESERVED_HEADER.test(name))) return undefined;
  const content = isObject(parameter['content']) ? Object.keys(parameter['content'])[0] : undefined;
  const isJson = content !== undefined;
  if (isJson && !/[/+]json\b/i.test(content)) throw new OperationFault(`its parameter ${name} is ${content}`);
  const given = isJson ? member(member(parameter['content'], content), 'schema') : parameter['schema'];
  const schema = schemas.convert(given);
  const style = styleOf(place, parameter['style']);
  const explode = typeof parameter['explode'] === 'boolean' ? parameter['explode'] : style === 'form';
  const required = parameter['required'] === true || place === 'path';
  return { name, in: place, style, explode, isJson, required, schema: described(schema, parameter) };
}

function styleOf(place: ApiParameter['in'], given: unknown): Style {
  const allowed = STYLES[place];
  return allowed.find((style) => style === given) ?? allowed[0]!;
}

/** The parameter's own words count more than its schema's. */
function described(schema: Json, { description, example, deprecated }: Json): Json {
  return {
    ...schema,
    ...(typeof description === 'string' && description.trim() !== '' && { description: cut(description) }),
    ...(isPlain(example) && schema['examples'] === undefined && { examples: [example] }),
    ...(deprecated === true && { deprecated }),
  };
}

const isPlain = (value: unknown) =>
  (typeof value === 'string' && value.length < 500) || typeof value === 'number' || typeof value === 'boolean';
