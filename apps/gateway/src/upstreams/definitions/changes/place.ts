import type { JsonObject } from '#gateway/tools/tool.js';
import type { Findings, Values } from './change.js';

/** Two schemas, and where they stand. */
export interface Place {
  readonly path: string;
  /** Of arguments, or of results: for these, a member that is required is one that can be relied upon. */
  readonly side: 'input' | 'output';
  /** The schemas that references are resolved against. */
  readonly roots: Values;
  /** Of the argument; undefined where it has none of its own. */
  readonly name?: string;
  readonly found: Findings;
  /** How what stands below is compared. */
  readonly compare: (before: unknown, after: unknown, at: Place) => void;
}

/** A keyword that two schemas differ in. */
export interface Difference {
  readonly keyword: string;
  readonly values: Values;
  readonly schemas: readonly [before: JsonObject, after: JsonObject];
  /** The keyword's own. */
  readonly path: string;
  /** Of the schemas. */
  readonly at: Place;
}
