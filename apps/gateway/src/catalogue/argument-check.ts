import { compileInput } from '#config/argument-schema.js';
import type { ToolEntry } from '#config/tools-file.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { cleanStrings } from './clean-strings.js';
import { fieldFaults } from './field-faults.js';
import { checkPath } from './paths/check-path.js';

export type ArgumentCheck = (given: JsonObject) => JsonObject;

/**
 * Everything that stands between a client's arguments and the backend, compiled once: strings cleaned, the schema with
 * its defaults, then paths, of which no schema can say whether they are right. What the client sent is never changed.
 */
export function argumentCheck(entry: ToolEntry, pathRoots: readonly string[]): ArgumentCheck {
  const validate = compileInput(entry.inputSchema);
  const fillsDeeply = hasDeepDefaults(entry.inputSchema);
  const paths = Object.entries(entry.checks ?? {}).filter(([, kind]) => kind === 'path');
  return (given) => {
    const clean = cleanStrings(given) as JsonObject;
    const args: Record<string, unknown> = fillsDeeply ? structuredClone(clean) : { ...clean };
    if (!validate(args)) throw new InvalidArguments(fieldFaults(validate.errors!, entry.inputSchema));
    // Links in it resolved: one that is turned elsewhere afterwards changes nothing.
    for (const [field] of paths) {
      const value = args[field];
      if (typeof value === 'string') args[field] = checkPath(field, value, pathRoots);
      else if (Array.isArray(value)) {
        args[field] = value.map((text: string, i) => checkPath(`${field}[${i}]`, text, pathRoots));
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
