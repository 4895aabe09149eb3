import { Ajv } from 'ajv';
import { canonicalFault } from '#core/canonical-json.js';
import { isUuid } from '#core/identifiers.js';
import { clockFault, parseInstant } from '#core/instant.js';
import type { FieldFault } from '#errors/app-error.js';
import { argumentFault } from '#gateway/tools/argument-fault.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';
import { OWN_SCHEMAS } from '#schema/own-schemas.js';
import type { ObjectSchema } from '#schema/schema.js';

/** @returns the arguments with defaults filled in. @throws InvalidArguments */
export type ArgumentCheck = (given: JsonObject) => JsonObject;

/** Deepest nesting of an argument that is any object, as of a DTO's field. */
const MAX_DEPTH = 32;

/** Compiles a check of arguments: the schema, and what the DTOs of the REST routes ask of every field beside it. */
export function argumentCheck(schema: ObjectSchema): ArgumentCheck {
  const ajv = new Ajv({ ...OWN_SCHEMAS, useDefaults: true, formats: { uuid: isUuid, 'date-time': isInstant } });
  const validate = ajv.compile({ ...schema, $id: undefined, additionalProperties: false });
  return (given) => {
    // Clients that send null mean that they have nothing to send.
    const args = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    const fault = validate(args) ? faultBeyondSchema(args) : argumentFault(validate.errors![0]!, args);
    if (fault) throw new InvalidArguments([fault]);
    return args;
  };
}

const isInstant = (text: string) => {
  const ms = parseInstant(text);
  return ms !== undefined && clockFault(ms, Date.now()) === undefined;
};

/** PostgreSQL has no text with U+0000 in it, and what is stored as JSON has to be JSON of some depth at most. */
function faultBeyondSchema(args: JsonObject): FieldFault | undefined {
  for (const [field, value] of Object.entries(args)) {
    if ([value].flat().some((text) => typeof text === 'string' && text.includes('\0'))) {
      return { field, code: 'wrong_format', message: 'must not contain U+0000' };
    }
    if (typeof value !== 'object' || Array.isArray(value)) continue;
    const message = canonicalFault(value, MAX_DEPTH);
    if (message !== undefined) return { field, code: 'too_deep', message };
  }
  return undefined;
}
