/** What a change means, the weightiest first. */
export const CHANGE_CLASSES = ['new_capability', 'widened', 'narrowed', 'wording'] as const;
export type ChangeClass = (typeof CHANGE_CLASSES)[number];

/** One difference between two definitions. */
export interface Change {
  /** JSON Pointer into the definition. */
  readonly path: string;
  readonly class: ChangeClass;
  /** In a few words, for people. */
  readonly why: string;
  /** True where `on_change: accept_harmless` takes it. */
  readonly harmless: boolean;
  /** Left out where there was nothing. */
  readonly before?: unknown;
  /** Left out where there is nothing any more. */
  readonly after?: unknown;
}

/** How a definition differs from another one. */
export interface DefinitionChange {
  /** All that hold, the weightiest first; none where the two are equal. */
  readonly classes: readonly ChangeClass[];
  /** True where each single change is. */
  readonly harmless: boolean;
  /** By weight, then by place. */
  readonly changes: readonly Change[];
}

export const NO_CHANGE: DefinitionChange = { classes: [], harmless: true, changes: [] };

/** Collects changes while two definitions are compared. */
export class Findings {
  private readonly changes: Change[] = [];

  add(path: string, [before, after]: Values, kind: ChangeClass, why: string, harmless = false): void {
    this.changes.push({
      path,
      class: kind,
      why,
      harmless,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    });
  }

  /** Whether something below has been found to be able to do more. */
  hasCapabilityBelow(path: string): boolean {
    return this.changes.some((change) => change.class === 'new_capability' && change.path.startsWith(`${path}/`));
  }

  get size(): number {
    return this.changes.length;
  }

  all(): DefinitionChange {
    const weight = (change: Change) => CHANGE_CLASSES.indexOf(change.class);
    const order = (a: Change, b: Change) => weight(a) - weight(b) || (a.path < b.path ? -1 : Number(a.path > b.path));
    const changes = this.changes.toSorted(order);
    return {
      classes: CHANGE_CLASSES.filter((kind) => changes.some((change) => change.class === kind)),
      harmless: changes.every(({ harmless }) => harmless),
      changes,
    };
  }
}

/** What stood there before and what stands there now; undefined where nothing does. */
export type Values = readonly [before: unknown, after: unknown];
