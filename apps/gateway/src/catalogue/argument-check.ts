import { compileInput } from '#config/argument-schema.js';
import type { ToolEntry } from '#config/tools-file.js';
import { cypherFault } from '#cypher/cypher-fault.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidArguments, InvalidCypher } from '#gateway/tools/tools.errors.js';
import { cleanStrings } from './clean-strings.js';
import { fieldFaults } from './field-faults.js';
import { checkPath } from './paths/check-path.js';

export type ArgumentCheck = (given: JsonObject) => JsonObject;

/** The text as it may go on. @throws InvalidCypher, InvalidPath */
type TextCheck = (field: string, text: string, pathRoots: readonly string[]) => string;

const CHECKS: Readonly<Record<NonNullable<ToolEntry['checks']>[string], TextCheck>> = {
  'cypher-read-only': (field, text) => {
    const reason = cypherFault(text);
    if (reason !== undefined) throw new InvalidCypher(field, reason);
    return text;
  },
  // Links in it resolved: one that is turned elsewhere afterwards changes nothing.
  path: checkPath,
};

/**
 * Everything that stands between a client's arguments and the backend, compiled once: strings cleaned, the schema with
 * its defaults, then what no schema can say. What the client sent is never changed.
 */
export function argumentCheck(entry: ToolEntry, pathRoots: readonly string[]): ArgumentCheck {
  const validate = compileInput(entry.inputSchema);
  const fillsDeeply = hasDeepDefaults(entry.inputSchema);
  const checks = Object.entries(entry.checks ?? {});
  return (given) => {
    const clean = cleanStrings(given) as JsonObject;
    const args: Record<string, unknown> = fillsDeeply ? structuredClone(clean) : { ...clean };
    if (!validate(args)) throw new InvalidArguments(fieldFaults(validate.errors!, entry.inputSchema));
    for (const [field, check] of checks) {
      const value = args[field];
      if (typeof value === 'string') args[field] = CHECKS[check](field, value, pathRoots);
      else if (Array.isArray(value)) {
        args[field] = value.map((text: string, i) => CHECKS[check](`${field}[${i}]`, text, pathRoots));
      }
    }
    return args;
  };
}

/** Ajv writes defaults into what it checks: those of the arguments themselves into a shallow copy. */
function hasDeepDefaults({ properties = {}, ...rest }: JsonObject): boolean {
  const deep = Object.values(properties as JsonObject).map((property) => {
    const { default: _own, ...below } = property as JsonObject;
    return below;
  });
  return JSON.stringify([rest, deep]).includes('"default":');
}
