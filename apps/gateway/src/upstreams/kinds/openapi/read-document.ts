import { parse } from 'yaml';
import { isObject } from '#gateway/tools/tool.js';
import type { ApiDocument, DocumentWishes } from './api-operation.js';
import { DocumentFault } from './document-faults.js';
import { operationsOf } from './operations.js';
import { type Json, member } from './references.js';
import { cut } from './schema-keywords.js';

const MOST_DEPTH = 128;
const MOST_VALUES = 2_000_000;
const MOST_ALIASES = 100;
const MOST_FAULTS = 10;

/**
 * What a document says. It may be hostile: it is bounded before anything walks through it, and this runs in a thread
 * whose time and memory are bounded too.
 * @throws DocumentFault
 */
export async function readDocument(text: string, wishes: DocumentWishes = {}): Promise<ApiDocument> {
  const root = parsed(text);
  if (!isObject(root)) throw new DocumentFault('it is no object');
  const fault = boundFault(root);
  if (fault !== undefined) throw new DocumentFault(fault);
  const { openapi } = root;
  if (typeof openapi !== 'string' || !/^3\.[01](?:\.|$)/.test(openapi)) {
    const found = openapi ?? root['swagger'];
    throw new DocumentFault(`it is no OpenAPI 3.0 or 3.1 (${JSON.stringify(found ?? null).slice(0, 32)})`);
  }
  if (!isObject(root['paths'])) throw new DocumentFault('it has no paths');
  const info = isObject(root['info']) ? root['info'] : {};
  const server = serverOf(root);
  return {
    title: textOf(info['title'], 'API', 120),
    version: textOf(info['version'], '0', 64),
    ...(typeof info['description'] === 'string' && { description: cut(info['description'], 2_000) }),
    ...(server !== undefined && { server }),
    ...operationsOf(root, wishes),
    faults: await faultsOf(root),
  };
}

function parsed(text: string): unknown {
  try {
    return /^\s*\{/.test(text) ? JSON.parse(text) : parse(text, { maxAliasCount: MOST_ALIASES, logLevel: 'error' });
  } catch (error) {
    throw new DocumentFault(`it is neither JSON nor YAML: ${(error as Error).message.split('\n')[0]!.slice(0, 200)}`);
  }
}

/** Aliases of YAML can make much of little, and circles: counted as often as they are met. */
function boundFault(root: unknown): string | undefined {
  let left = MOST_VALUES;
  const walk = (value: unknown, depth: number): string | undefined => {
    if (--left < 0) return `it has more than ${MOST_VALUES} values`;
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth === MOST_DEPTH) return `it is nested more deeply than ${MOST_DEPTH}`;
    for (const below of Object.values(value)) {
      const fault = walk(below, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return walk(root, 0);
}

function serverOf(root: Json): string | undefined {
  const server = Array.isArray(root['servers']) ? (root['servers'] as unknown[])[0] : undefined;
  const url = member(server, 'url');
  if (typeof url !== 'string' || url.length > 2_048) return undefined;
  return url.replace(/\{([^{}]*)\}/g, (_place, name: string) => {
    const filled = member(member(member(server, 'variables'), name), 'default');
    return typeof filled === 'string' ? filled : '';
  });
}

/** What OpenAPI's own schema says against it. Documents that break it somewhere are many, and mostly work. */
async function faultsOf(root: Json): Promise<string[]> {
  const { Validator } = await import('@seriousme/openapi-schema-validator');
  // A copy: it writes into what it checks.
  const { valid, errors } = await new Validator({ validateFormats: false }).validate(structuredClone(root));
  if (valid || errors === undefined) return [];
  if (typeof errors === 'string') return [errors.slice(0, 300)];
  return errors
    .slice(0, MOST_FAULTS)
    .map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? 'is not valid'}`.slice(0, 300));
}

const textOf = (value: unknown, otherwise: string, most: number) =>
  typeof value === 'string' && value.trim() !== '' ? cut(value, most) : otherwise;
