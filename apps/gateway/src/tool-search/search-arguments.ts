import type { FieldFault } from '#errors/app-error.js';
import type { JsonObject } from '#gateway/tools/tool.js';
import { InvalidArguments } from '#gateway/tools/tools.errors.js';

/** What an argument may be. */
interface Rule {
  readonly is: (value: unknown) => boolean;
  readonly must: string;
  readonly optional?: true;
}

export const text = (most: number): Rule => ({
  is: (value) => typeof value === 'string' && value.length > 0 && value.length <= most,
  must: `must be a text of 1 to ${most} characters`,
});

export const whole = (most: number): Rule => ({
  is: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most,
  must: `must be a whole number from 1 to ${most}`,
});

export const anObject: Rule = {
  is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  must: 'must be an object: the arguments of the tool by name, not JSON in a text',
};

export const optional = (rule: Rule): Rule => ({ ...rule, optional: true });

/** A check that names every fault. Clients that send null mean that they have nothing to send. */
export const checkOf =
  (rules: Readonly<Record<string, Rule>>) =>
  (given: JsonObject): JsonObject => {
    const args = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    const faults: FieldFault[] = [];
    for (const [field, { is, must, optional: maybe }] of Object.entries(rules)) {
      const value = args[field];
      if (value === undefined && !maybe) faults.push({ field, code: 'required', message: 'is required' });
      else if (value !== undefined && !is(value)) faults.push({ field, code: 'invalid', message: must });
    }
    for (const field of Object.keys(args)) {
      if (Object.hasOwn(rules, field)) continue;
      const message = `is not an argument of this tool, which takes ${Object.keys(rules).join(', ')}`;
      faults.push({ field: field.slice(0, 128), code: 'unknown_field', message });
    }
    if (faults.length > 0) throw new InvalidArguments(faults);
    return args;
  };
