import { expect, it } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import type { AppError } from '#errors/app-error.js';
import type { DynamicToolDraft } from '../dynamic-tool.schema.js';
import { ArgumentSchemas } from './arguments/argument-schemas.js';
import { contentOf } from './content.js';
import { DraftCheck } from './draft-check.js';

const SETTINGS: Record<string, unknown> = {
  MCP_SANDBOX_ALLOWED_IMAGES: 'node:lts-slim,node:24',
  MCP_SANDBOX_BLOCKED_PACKAGES: 'npm,pm2',
  MCP_SANDBOX_MAX_TIMEOUT_MS: 120_000,
  MCP_SANDBOX_MAX_DEPENDENCIES: 2,
};
const config = { get: (name: string) => SETTINGS[name] } as unknown as ConfigService<Config, true>;
const check = new DraftCheck(new ArgumentSchemas(), config);

async function refusal(more: Partial<DynamicToolDraft>): Promise<AppError | undefined> {
  const draft = { name: 'adder', description: 'Adds.', code: 'return 1', ...more };
  try {
    check.checkName(draft.name);
    await check.check(contentOf(draft));
    return undefined;
  } catch (error) {
    return error as AppError;
  }
}
const dependency = (name: string) => ({ name, version: '1' });

it.each<[string, Partial<DynamicToolDraft>]>([
  ['nothing but code', {}],
  ['an image that is allowed', { engine: 'docker', image: 'node:24', dependencies: [dependency('x')] }],
  ['host functions', { hostFunctions: { kv: {} } }],
  ['a schema', { inputSchema: { type: 'object', properties: { a: { type: 'string', 'x-mcp-header': 'A' } } } }],
])('a draft with %s is taken', async (_what, more) => expect(await refusal(more)).toBeUndefined());

it.each<[string, Partial<DynamicToolDraft>, string, string]>([
  ['a short name', { name: 'ab' }, 'validation_failed', 'name'],
  ['the name of what makes tools', { name: 'dynamic.tool.create' }, 'validation_failed', 'name'],
  ['the name of what runs code', { name: 'run_js_ephemeral' }, 'validation_failed', 'name'],
  ['hidden text', { description: 'Adds\u200b.' }, 'validation_failed', 'description'],
  ['hidden text in its title', { title: 'Adds\u202e' }, 'validation_failed', 'title'],
  [
    'hidden text in its schema',
    { inputSchema: { type: 'object', description: 'x\u200b' } },
    'validation_failed',
    'inputSchema',
  ],
  ['a null in its code', { code: 'return "\0"' }, 'validation_failed', 'code'],
  [
    'dependencies of no engine for them',
    { dependencies: [{ name: 'x', version: '1' }] },
    'validation_failed',
    'dependencies',
  ],
  ['an image of no engine for it', { image: 'node:lts-slim' }, 'validation_failed', 'image'],
  ['an image that is not allowed', { engine: 'docker', image: 'evil:latest' }, 'image_not_allowed', ''],
  ['a blocked package', { engine: 'docker', dependencies: [{ name: 'npm', version: '1' }] }, 'package_not_allowed', ''],
  [
    'host functions of no engine for them',
    { engine: 'docker', hostFunctions: { kv: {} } },
    'validation_failed',
    'hostFunctions',
  ],
  ['very long runs', { timeoutMs: 200_000 }, 'validation_failed', 'timeoutMs'],
  ['a schema of texts', { inputSchema: { type: 'string' } }, 'validation_failed', 'inputSchema'],
  [
    'a schema that refers elsewhere',
    { inputSchema: { type: 'object', $ref: 'https://x.example' } },
    'validation_failed',
    'inputSchema',
  ],
  [
    'a member __proto__',
    { inputSchema: JSON.parse('{"type":"object","__proto__":{}}') as object as Record<string, unknown> },
    'validation_failed',
    'inputSchema',
  ],
  [
    'a large schema',
    { inputSchema: { type: 'object', description: 'x'.repeat(70_000) } },
    'validation_failed',
    'inputSchema',
  ],
  [
    'many dependencies',
    { engine: 'docker', dependencies: ['x', 'y', 'z'].map(dependency) },
    'validation_failed',
    'dependencies',
  ],
  ['a header twice', { inputSchema: { type: 'object', 'x-mcp-header': 'A' } }, 'validation_failed', 'inputSchema'],
])('a draft with %s is refused', async (_what, more, expected, field) => {
  const error = await refusal(more);
  expect(error?.code).toBe(expected);
  expect((error!.details.faults ?? []).map((fault) => fault.field)).toEqual(field === '' ? [] : [field]);
});
