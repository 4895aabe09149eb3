import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Tool } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { OutputSchemas } from './output-schemas.js';

const schemas = new OutputSchemas(new ToolStageMetrics(new Registry()));

const toolOf = (outputSchema: object) =>
  ({ upstream: 'u', definition: { name: 't', description: '', inputSchema: {}, outputSchema } }) as unknown as Tool;

const check = (outputSchema: object, structuredContent: unknown) =>
  schemas.check(toolOf(outputSchema), { content: [], structuredContent }).then(
    () => 'kept',
    () => 'broken',
  );

const pair = { type: 'array', items: [{ type: 'string' }, { type: 'number' }], additionalItems: false };

describe('what a tool promises', () => {
  it.each([
    ['2020-12, without saying so', { prefixItems: [{ type: 'string' }], items: false }, ['a', 1], 'broken'],
    ['2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'string' }, 1, 'broken'],
    ['draft-07, kept', { $schema: 'http://json-schema.org/draft-07/schema#', ...pair }, ['a', 1], 'kept'],
    ['draft-07, broken', { $schema: 'http://json-schema.org/draft-07/schema#', ...pair }, ['a', 1, 2], 'broken'],
    [
      'draft-07, addressed otherwise',
      { $schema: 'https://json-schema.org/draft-07/schema', ...pair },
      ['a', 'b'],
      'broken',
    ],
    ['a dialect that is not known: not checked', { $schema: 'http://example.com/own', type: 'string' }, 1, 'kept'],
  ])('in %s', async (_, schema, content, expected) => {
    expect(await check(schema, content)).toBe(expected);
  });

  it('is not looked for in a failure', async () => {
    const answer = { content: [], isError: true };
    await expect(schemas.check(toolOf({ type: 'object' }), answer)).resolves.toBeUndefined();
  });
});
