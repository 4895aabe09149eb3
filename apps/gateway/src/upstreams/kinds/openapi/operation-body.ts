import { isObject } from '#gateway/tools/tool.js';
import type { BodyKind } from './api-operation.js';
import { OperationFault } from './document-faults.js';
import { type Json, member, resolved } from './references.js';
import type { SchemaConversion } from './schema-conversion.js';
import { cut } from './schema-keywords.js';

/** A body with what its tool says of it. */
export interface DescribedBody {
  readonly mediaType: string;
  readonly kind: BodyKind;
  readonly schema: Json;
  /** Members that may be arguments of their own; undefined where the body is one argument. */
  readonly members?: Json;
  readonly requiredMembers: readonly string[];
  readonly files: readonly string[];
  readonly required: boolean;
  readonly description?: string;
}

/** In the order in which they are preferred. */
const KINDS: readonly (readonly [RegExp, BodyKind])[] = [
  [/^application\/json$/, 'json'],
  [/^[a-z]+\/[\w.!#$&^+-]+\+json$/, 'json'],
  [/^application\/\*$|^\*\/\*$/, 'json'],
  [/^application\/x-www-form-urlencoded$/, 'form'],
  [/^multipart\/form-data$/, 'multipart'],
  [/^text\/[\w.!#$&^+*-]+$|^application\/xml$|\+xml$/, 'text'],
];

/** With one of these a schema says more than which members there are. */
const MORE = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'additionalProperties', 'patternProperties', 'propertyNames'];

/**
 * What is sent as the body; undefined for an operation without one.
 * @throws OperationFault for a body that is required and nothing that arguments can be made of
 */
export function bodyOf(root: Json, operation: Json, schemas: SchemaConversion): DescribedBody | undefined {
  if (operation['requestBody'] === undefined) return undefined;
  const body = resolved(root, operation['requestBody']);
  const content = isObject(body['content']) ? body['content'] : {};
  const required = body['required'] === true;
  const [mediaType, kind] = choose(Object.keys(content)) ?? [];
  if (mediaType === undefined || kind === undefined) {
    if (!required) return undefined;
    throw new OperationFault(`its body is ${Object.keys(content).join(', ').slice(0, 200) || 'of no media type'}`);
  }
  const given = member(content[mediaType], 'schema');
  const { description } = body;
  return {
    mediaType: sentAs(mediaType, kind),
    kind,
    ...shapeOf(root, given, kind, schemas, required),
    required,
    ...(typeof description === 'string' && { description: cut(description) }),
  };
}

function choose(mediaTypes: readonly string[]): readonly [string, BodyKind] | undefined {
  for (const [pattern, kind] of KINDS) {
    const found = mediaTypes.find((type) => pattern.test(essence(type)));
    if (found !== undefined) return [found, kind];
  }
  return undefined;
}

type Shape = Pick<DescribedBody, 'schema' | 'members' | 'requiredMembers' | 'files'>;

function shapeOf(root: Json, given: unknown, kind: BodyKind, schemas: SchemaConversion, required: boolean): Shape {
  if (kind === 'text') return { schema: { type: 'string' }, requiredMembers: [], files: [] };
  const own = isObject(given) ? resolved(root, given) : undefined;
  const properties = own && isObject(own['properties']) ? own['properties'] : undefined;
  const isForm = kind !== 'json';
  if (!own || !properties || MORE.some((keyword) => keyword in own && own[keyword] !== false)) {
    if (isForm && !properties) throw new OperationFault('the members of its form are not described');
    if (!isForm) return { schema: schemas.convert(given), requiredMembers: [], files: [] };
  }
  // Converted without the reference: its members become arguments.
  const schema = schemas.convert(own);
  const requiredMembers = (schema['required'] as string[] | undefined) ?? [];
  // Of an optional body no member could be required by itself.
  const isFlat = isForm || required || requiredMembers.length === 0;
  if (!isFlat) return { schema, requiredMembers: [], files: [] };
  const files = kind === 'multipart' ? filesOf(root, properties!) : [];
  return { schema, members: (schema['properties'] ?? {}) as Json, requiredMembers, files };
}

function filesOf(root: Json, properties: Json): string[] {
  return Object.keys(properties).filter((name) => {
    const { type, format, contentEncoding, contentMediaType } = resolved(root, properties[name]);
    if (format === 'binary' || contentEncoding === 'base64') return true;
    return contentMediaType === 'application/octet-stream' && type !== 'object';
  });
}

const essence = (mediaType: string) => mediaType.split(';')[0]!.trim().toLowerCase();

/** No stranger's text in a header. */
function sentAs(mediaType: string, kind: BodyKind): string {
  const type = essence(mediaType);
  if (type.includes('*')) return kind === 'json' ? 'application/json' : 'text/plain';
  return type;
}
