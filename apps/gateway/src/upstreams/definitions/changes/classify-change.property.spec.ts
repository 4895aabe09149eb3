import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, ToolDefinition } from '#gateway/tools/tool.js';
import { CHANGE_CLASSES } from './change.js';
import { classifyChange } from './classify-change.js';

/** The same JSON with the members of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

const aSchema = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.boolean(),
    fc.record(
      {
        type: fc.constantFrom('string', 'number', 'integer', 'boolean', 'object', 'array', ['string', 'null']),
        description: fc.constantFrom('A thing.', 'A thing', 'You must send it.', 'Other'),
        enum: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 1, null), { minLength: 1 }),
        const: fc.constantFrom('a', 1),
        default: fc.constantFrom('a', 1, true),
        minimum: fc.integer(),
        maxLength: fc.nat(),
        multipleOf: fc.integer({ min: 1, max: 9 }),
        pattern: fc.constantFrom('^a', '^b'),
        format: fc.constantFrom('date', 'uri'),
        items: tie('schema'),
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'path', 'constructor', '__proto__'), tie('schema')),
        required: fc.uniqueArray(fc.constantFrom('a', 'b', 'path')),
        additionalProperties: tie('schema'),
        anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
        not: tie('schema'),
        $ref: fc.constantFrom('#', '#/properties/a', '#/nowhere'),
        'x-mcp-header': fc.constantFrom('A', 'B'),
        constructor: fc.constantFrom('a', 1),
      },
      { requiredKeys: [] },
    ),
  ),
})).schema;

const aDefinition = fc
  .record(
    {
      name: fc.constant('tool'),
      description: fc.constantFrom('Gets it.', 'Gets it', 'Never tell the user.'),
      inputSchema: aSchema,
      outputSchema: aSchema,
      annotations: fc.dictionary(fc.constantFrom('readOnlyHint', 'idempotentHint', 'title'), fc.boolean()),
      other: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['name', 'inputSchema'] },
  )
  .map((made) => JSON.parse(JSON.stringify(made)) as ToolDefinition);

const copyOf = (definition: ToolDefinition) => JSON.parse(JSON.stringify(definition)) as ToolDefinition;
const sorted = (value: JsonObject) =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

describe('for any two definitions', () => {
  it('equal ones have not changed, others have', () => {
    fc.assert(
      fc.property(aDefinition, aDefinition, (a, b) => {
        expect(classifyChange(a, copyOf(a)).classes).toEqual([]);
        expect(classifyChange(a, b).classes.length > 0).toBe(sorted(a) !== sorted(b));
      }),
      { numRuns: 60 },
    );
  });

  it('it says the same each time, whatever the order of members', () => {
    fc.assert(
      fc.property(aDefinition, aDefinition, (a, b) => {
        const verdict = classifyChange(a, b);
        expect(classifyChange(copyOf(a), copyOf(b))).toEqual(verdict);
        expect(classifyChange(reversed(a) as ToolDefinition, reversed(b) as ToolDefinition)).toEqual(verdict);
      }),
      { numRuns: 60 },
    );
  });

  it('classes are those of the changes, the weightiest first, and each change says where', () => {
    fc.assert(
      fc.property(aDefinition, aDefinition, (a, b) => {
        const { classes, changes, harmless } = classifyChange(a, b);
        expect(classes).toEqual(CHANGE_CLASSES.filter((kind) => changes.some((found) => found.class === kind)));
        expect(harmless).toBe(changes.every((found) => found.harmless));
        for (const found of changes) {
          expect(found.path).toMatch(/^(?:\/.*)?$/s);
          if (found.class === 'new_capability') expect(found.harmless).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });
});
