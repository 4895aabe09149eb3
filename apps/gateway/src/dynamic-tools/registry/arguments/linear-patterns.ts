import type { RE2JS } from 're2js';
import type { Fuel } from './fuel.js';
import { Refused } from './ready-schema.js';

/** Instructions of all patterns of one schema; `[a-z]{100}` has a hundred. */
const MOST_INSTRUCTIONS = 1_500;
const EACH = 100;

/** A pattern that takes a time in proportion to the text, whatever it says and whatever the text is. */
export interface LinearPattern {
  test(text: string): boolean;
  toString(): string;
}

/** Patterns of JSON Schema on RE2, which knows no way back: no look-around, no back-references. */
export class LinearPatterns {
  private instructions = 0;

  constructor(
    private readonly engine: typeof RE2JS,
    private readonly fuel: Fuel,
  ) {}

  /** Another schema's come next. */
  begin(): void {
    this.instructions = 0;
  }

  /** @throws Refused */
  compile(pattern: string): LinearPattern {
    const { fuel } = this;
    const compiled = this.compiled(pattern);
    const size = compiled.programSize();
    if ((this.instructions += size) > MOST_INSTRUCTIONS) throw new Refused('has patterns that are too much to be used');
    return {
      test: (text) => {
        fuel.spend(EACH + text.length * size);
        return compiled.test(text);
      },
      toString: () => pattern,
    };
  }

  private compiled(pattern: string): RE2JS {
    try {
      return this.engine.compile(this.engine.translateRegExp(pattern));
    } catch {
      throw new Refused(`has a pattern that cannot be used here: ${JSON.stringify(pattern.slice(0, 64))}`);
    }
  }
}
