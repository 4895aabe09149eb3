import { isObject } from '#gateway/tools/tool.js';
import { OperationFault } from './document-faults.js';
import { type Json, target } from './references.js';
import { keptKeywords, nullable } from './schema-keywords.js';

/** Of one tool: what goes beyond is not described further. */
const MOST_NODES = 2_000;
const MOST_DEPTH = 24;
const MOST_DEFINITIONS = 200;

const ONE = ['items', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else'];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties', 'dependentSchemas'];

/**
 * Makes JSON Schema 2020-12 of the schemas of one operation, for what is sent to the API. What they refer to becomes
 * `$defs` with local references, so that what holds itself stays finite. A schema without end is cut where it is of no
 * use to a reader any more: the API itself checks what it is sent.
 */
export class SchemaConversion {
  /** By name, made so far. */
  readonly definitions: Record<string, Json> = {};
  private readonly names = new Map<string, string>();
  private nodes = 0;

  /** @param isOld of OpenAPI 3.0, whose schemas are no JSON Schema */
  constructor(
    private readonly root: Json,
    private readonly isOld: boolean,
  ) {}

  /** @throws OperationFault for a reference that leads nowhere, or out of the document */
  convert(schema: unknown, depth = 0): Json {
    if (schema === true || schema === undefined) return {};
    if (schema === false) return { not: {} };
    if (!isObject(schema)) throw new OperationFault('a schema of it is no object');
    if (++this.nodes > MOST_NODES || depth > MOST_DEPTH) return {};
    if (typeof schema['$dynamicRef'] === 'string' || typeof schema['$recursiveRef'] === 'string') {
      throw new OperationFault('a schema of it refers dynamically, which is not supported');
    }
    if (typeof schema['$ref'] !== 'string') return this.converted(schema, depth);
    const reference = { $ref: this.reference(schema['$ref']) };
    // In 3.0 what stands beside a reference does not count.
    return this.isOld ? reference : { ...this.converted(schema, depth), ...reference };
  }

  private converted(schema: Json, depth: number): Json {
    const made: Record<string, unknown> = keptKeywords(schema, this.isOld);
    for (const name of ONE) {
      const below = schema[name];
      if (isObject(below) || typeof below === 'boolean') made[name] = this.convert(below, depth + 1);
    }
    for (const name of LISTS) {
      const list = schema[name];
      if (Array.isArray(list) && list.length > 0) made[name] = list.map((below) => this.convert(below, depth + 1));
    }
    for (const name of MAPS) {
      const map = schema[name];
      if (isObject(map)) made[name] = this.members(map, depth, made);
    }
    return schema['nullable'] === true ? nullable(made) : made;
  }

  private members(map: Json, depth: number, parent: Record<string, unknown>): Json {
    const made: Record<string, unknown> = {};
    for (const [name, below] of Object.entries(map)) {
      if (name === '__proto__' || this.nodes > MOST_NODES) continue;
      // What only the API writes is nothing that a caller sends.
      if (!isReadOnly(below)) made[name] = this.convert(below, depth + 1);
      else if (Array.isArray(parent['required'])) {
        parent['required'] = (parent['required'] as unknown[]).filter((one) => one !== name);
      }
    }
    return made;
  }

  /** The name under which it is defined here. What it stands for is converted once. */
  private reference(given: string): string {
    let name = this.names.get(given);
    if (name === undefined) {
      const found = target(this.root, given);
      if (this.names.size >= MOST_DEFINITIONS) return '#/$defs/anything';
      name = this.nameFor(given);
      this.names.set(given, name);
      this.definitions[name] = {};
      this.definitions[name] = this.convert(found);
    }
    return `#/$defs/${name}`;
  }

  private nameFor(given: string): string {
    const last = given.slice(given.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9_.-]/g, '_') || 'schema';
    const base = last === '__proto__' ? 'schema' : last.slice(0, 64);
    let name = base;
    for (let n = 2; name === 'anything' || Object.hasOwn(this.definitions, name); n++) name = `${base}_${n}`;
    return name;
  }

  /** `$defs`, where anything is referred to. */
  get $defs(): { readonly $defs?: Json } {
    if (this.names.size === 0) return {};
    const more = this.names.size >= MOST_DEFINITIONS ? { anything: {} } : {};
    return { $defs: { ...this.definitions, ...more } };
  }
}

const isReadOnly = (schema: unknown) => isObject(schema) && schema['readOnly'] === true;
