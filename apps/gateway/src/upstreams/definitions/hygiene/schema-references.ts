import { isObject } from '#gateway/tools/tool.js';
import { member, resolvePointer } from '#gateway/tools/hygiene/json.js';

/** Values that a schema comes to when every reference is written out. */
const MAX_EXPANDED = 100_000;
const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef']);
/** Keywords whose value is data, not a schema. */
const DATA = new Set(['const', 'enum', 'default', 'examples', 'required', 'type', '$vocabulary', 'dependentRequired']);
/** Keywords whose value is schemas by name. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
/** Keywords whose schemas apply to the same value: a way around through these never ends. */
const IN_PLACE = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas']);

/** Follows every reference of one schema. */
class References {
  fault: string | undefined;
  private readonly sizes = new Map<object, number>();
  /** Schemas on the way to here, and the level of the value that they apply to. */
  private readonly way = new Map<object, number>();
  private readonly anchors = new Map<string, unknown>();
  private level = 0;

  constructor(private readonly root: unknown) {
    this.collectAnchors(root);
  }

  /** @returns the size of the schema with its references written out, one that leads back to itself as 1 */
  size(schema: unknown): number {
    if (this.fault !== undefined || !isObject(schema)) return 1;
    const known = this.sizes.get(schema);
    if (known !== undefined) return known;
    if (this.way.has(schema)) {
      return this.way.get(schema) === this.level ? this.fail('a reference that leads to itself without end') : 1;
    }
    this.way.set(schema, this.level);
    let size = 1;
    for (const [keyword, value] of Object.entries(schema)) size += this.sizeOf(keyword, value);
    this.way.delete(schema);
    if (size > MAX_EXPANDED) this.fail(`more than ${MAX_EXPANDED} values when references are followed`);
    this.sizes.set(schema, size);
    return size;
  }

  private sizeOf(keyword: string, value: unknown): number {
    if (DATA.has(keyword)) return 1;
    if (REFERENCES.has(keyword)) return this.follow(value);
    const parts = Array.isArray(value) ? (value as unknown[]) : MAPS.has(keyword) ? valuesOf(value) : [value];
    const deeper = IN_PLACE.has(keyword) ? 0 : 1;
    this.level += deeper;
    let size = 0;
    for (const part of parts) size += this.size(part);
    this.level -= deeper;
    // What is only defined here is counted where it is used.
    return keyword === '$defs' || keyword === 'definitions' ? 1 : size;
  }

  private follow(reference: unknown): number {
    if (typeof reference !== 'string') return this.fail('a reference that is no text');
    if (!reference.startsWith('#')) return this.fail('a reference to somewhere else');
    const fragment = reference.slice(1);
    const isPointer = fragment === '' || fragment.startsWith('/');
    const target = isPointer ? resolvePointer(this.root, fragment) : this.anchors.get(fragment);
    return target === undefined ? this.fail('a reference to nothing') : this.size(target);
  }

  private fail(fault: string): number {
    this.fault ??= fault;
    return 1;
  }

  private collectAnchors(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.collectAnchors(item);
    if (!isObject(value)) return;
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = member(value, keyword);
      if (typeof anchor === 'string') this.anchors.set(anchor, value);
    }
    for (const part of Object.values(value)) this.collectAnchors(part);
  }
}

const valuesOf = (map: unknown): readonly unknown[] => (isObject(map) ? Object.values(map) : []);

/** What is wrong with where a schema refers to; undefined when nothing is. The schema has been measured before. */
export function referenceFault(schema: unknown): string | undefined {
  const references = new References(schema);
  references.size(schema);
  return references.fault;
}
