import type { ToolEntry } from '#config/tools-file.js';
import type { CypherJudge } from '#cypher/cypher-judge.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidCypher } from '#gateway/tools/tools.errors.js';

/** Judges checked arguments further, off this thread. @throws InvalidCypher */
export type Judgement = (args: JsonObject) => Promise<void>;

/** What an entry's Cypher arguments must pass; undefined for a tool that takes none. */
export function cypherCheck({ checks = {} }: ToolEntry, judge: CypherJudge): Judgement | undefined {
  const fields = Object.keys(checks).filter((field) => checks[field] === 'cypher-read-only');
  if (fields.length === 0) return undefined;
  return async (args) => {
    for (const field of fields) {
      const value = args[field];
      const texts: unknown[] = Array.isArray(value) ? value : [value];
      for (const [i, text] of texts.entries()) {
        const reason = typeof text === 'string' ? await judge.fault(text) : undefined;
        if (reason !== undefined) throw new InvalidCypher(Array.isArray(value) ? `${field}[${i}]` : field, reason);
      }
    }
  };
}
