import { isObject } from '#gateway/tools/tool.js';
import type { ApiBody, ApiDocument, ApiOperation, ApiParameter, DocumentWishes, Method } from './api-operation.js';
import { METHODS } from './api-operation.js';
import { OperationFault } from './document-faults.js';
import { InputSchema } from './input-schema.js';
import { type DescribedBody, bodyOf } from './operation-body.js';
import { OperationNames } from './operation-names.js';
import { parametersOf } from './operation-parameters.js';
import { isWanted } from './operation-patterns.js';
import { pathFault } from './path-template.js';
import { type Json, resolved } from './references.js';
import { SchemaConversion } from './schema-conversion.js';
import { cut } from './schema-keywords.js';

/** More than any mount could show. */
const MOST_OPERATIONS = 10_000;
const LONGEST_DESCRIPTION = 2_000;
const LONGEST_TITLE = 120;

/** Every operation that is wanted and can be called, in the document's order; and what is left out, with the reason. */
export function operationsOf(root: Json, wishes: DocumentWishes): Pick<ApiDocument, 'operations' | 'leftOut'> {
  const names = new OperationNames();
  const operations: ApiOperation[] = [];
  const leftOut: { operation: string; reason: string }[] = [];
  for (const [path, given] of Object.entries(root['paths'] as Json)) {
    if (!isObject(given) || !path.startsWith('/')) continue;
    for (const method of METHODS) {
      const operation = `${method.toUpperCase()} ${path.slice(0, 200)}`;
      try {
        const item = resolved(root, given);
        const own = item[method];
        if (!isObject(own) || !isWanted(wishes.patterns, own['operationId'], `${method.toUpperCase()} ${path}`))
          continue;
        if (operations.length >= MOST_OPERATIONS) throw new OperationFault(`there are more than ${MOST_OPERATIONS}`);
        const name = names.nameFor(own['operationId'], method, path);
        operations.push(operationOf(root, item, own, { name, method, path, wishes }));
      } catch (error) {
        // Nesting without end is a fault of this operation too.
        if (!(error instanceof OperationFault || error instanceof RangeError)) throw error;
        leftOut.push({ operation, reason: error.message });
      }
    }
  }
  return { operations, leftOut };
}

interface Place {
  readonly name: string;
  readonly method: (typeof METHODS)[number];
  readonly path: string;
  readonly wishes: DocumentWishes;
}

function operationOf(root: Json, item: Json, own: Json, { name, method, path, wishes }: Place): ApiOperation {
  const schemas = new SchemaConversion(root, String(root['openapi']).startsWith('3.0'));
  const described = parametersOf(root, [item['parameters'], own['parameters']], schemas).filter(
    ({ name: called, in: place }) => !isCredential(wishes, place, called),
  );
  const inPath = described.filter((one) => one.in === 'path').map((one) => one.name);
  const fault = pathFault(path, inPath);
  if (fault !== undefined) throw new OperationFault(fault);
  const input = new InputSchema();
  const parameters: ApiParameter[] = described
    // What is declared and has no place in the path has no use.
    .filter((one) => one.in !== 'path' || path.includes(`{${one.name}}`))
    .map(({ schema, required, ...parameter }) => ({
      ...parameter,
      argument: input.add(parameter.name, schema, required, parameter.in),
    }));
  // What a GET carries has no meaning (RFC 9110, 9.3.1).
  const body = method === 'get' ? undefined : bodyOf(root, own, schemas);
  const sent = body && addBody(input, body);
  return {
    definition: {
      name,
      ...titleOf(own),
      description: descriptionOf(own, `${method.toUpperCase()} ${path}`),
      inputSchema: input.schema(schemas),
      annotations: annotationsOf(method),
    },
    method: method.toUpperCase() as Method,
    path,
    parameters,
    ...(sent && { body: sent }),
  };
}

/** Members as arguments of their own, unless one of them has the name of another argument. */
function addBody(input: InputSchema, body: DescribedBody): ApiBody {
  const { mediaType, kind, members, files, required } = body;
  const names = Object.keys(members ?? {});
  const isFlat = members !== undefined && names.length > 0 && !names.some((name) => input.has(name));
  const sent = { mediaType, kind, files, required };
  if (!isFlat) {
    const schema = { ...body.schema, ...(body.description !== undefined && { description: body.description }) };
    return { ...sent, whole: input.add('body', schema, required, 'request'), members: [] };
  }
  return {
    ...sent,
    members: names.map((name) => {
      const schema = members[name] as Json;
      const told = files.includes(name) ? { ...schema, ...FILE } : schema;
      return { name, argument: input.add(name, told, body.requiredMembers.includes(name), 'body') };
    }),
  };
}

const isCredential = ({ credential }: DocumentWishes, place: string, name: string): boolean =>
  credential?.in === place && credential.name.toLowerCase() === name.toLowerCase();

const FILE = { type: 'string', contentEncoding: 'base64' };

const annotationsOf = (method: (typeof METHODS)[number]): Json => ({
  readOnlyHint: method === 'get',
  ...(method === 'delete' && { destructiveHint: true }),
  ...((method === 'get' || method === 'put' || method === 'delete') && { idempotentHint: true }),
});

function titleOf({ summary }: Json): { title?: string } {
  return typeof summary === 'string' && summary.trim() !== '' ? { title: cut(summary, LONGEST_TITLE) } : {};
}

function descriptionOf({ summary, description, deprecated }: Json, otherwise: string): string {
  const texts = [summary, description].filter((text): text is string => typeof text === 'string' && text.trim() !== '');
  // Many documents say the same twice.
  const [first, second] = texts;
  const told = second === undefined || second.startsWith(first!) ? (second ?? first) : `${first}\n\n${second}`;
  return cut((deprecated === true ? 'Deprecated. ' : '') + (told ?? otherwise), LONGEST_DESCRIPTION);
}
