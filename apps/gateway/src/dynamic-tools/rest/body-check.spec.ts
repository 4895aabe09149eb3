import { describe, expect, it } from '@jest/globals';
import type { AppError, FieldFault } from '#errors/app-error.js';
import { DynamicToolDraft, DynamicToolPatch } from '../dynamic-tool.schema.js';
import { bodyCheck } from './body-check.js';
import { RollbackBody, RunBody } from './dynamic-tools.models.js';

const draft = (more: object = {}) => ({ name: 'slugify', description: 'Slugs.', code: 'return 1', ...more });

/** What is wrong with a body, or nothing. */
function faultsOf(check: (body: unknown) => unknown, body: unknown): readonly FieldFault[] {
  try {
    check(body);
    return [];
  } catch (error) {
    return (error as AppError).details.faults!;
  }
}

const codesOf = (check: (body: unknown) => unknown, body: unknown) =>
  faultsOf(check, body).map(({ field, code }) => [field, code]);

const draftOf = bodyCheck(DynamicToolDraft);
const patchOf = bodyCheck(DynamicToolPatch);

describe('a body that keeps its schema', () => {
  it.each([
    draft(),
    draft({ code: 'x'.repeat(200_000), description: 'd'.repeat(4_000), name: `a${'b'.repeat(63)}` }),
    draft({ hostFunctions: { fetch: { hosts: ['*.example.com:8443'] }, kv: {} }, scopes: ['tools:call'] }),
    draft({ engine: 'docker', dependencies: [{ name: '@scope/a', version: '^1.2.0' }] }),
  ])('is given back as it came: %#', (body) => expect(draftOf(body)).toBe(body));

  it('of a patch takes null where a member can go, and nothing at all', () => {
    expect(faultsOf(patchOf, { title: null, inputSchema: null, image: null, hostFunctions: null })).toEqual([]);
    expect(faultsOf(patchOf, {})).toEqual([]);
  });

  it('may hold names that objects have anyway', () => {
    const body = JSON.parse(
      '{"name":"abc","description":"d","code":"c","inputSchema":{"__proto__":{"a":1}}}',
    ) as object;
    expect(draftOf(body)).toBe(body);
  });
});

describe('a body that does not', () => {
  it.each<[string, unknown, string, string]>([
    ['no object', [], 'body', 'wrong_type'],
    ['null', null, 'body', 'wrong_type'],
    ['nothing', undefined, 'body', 'wrong_type'],
    ['a name that begins with a digit', draft({ name: '1ab' }), 'name', 'wrong_format'],
    ['a name that is too short', draft({ name: 'ab' }), 'name', 'wrong_format'],
    ['a name that is too long', draft({ name: `a${'b'.repeat(64)}` }), 'name', 'wrong_format'],
    ['a name with a space', draft({ name: 'a b c' }), 'name', 'wrong_format'],
    ['a name with a line feed at its end', draft({ name: 'abc\n' }), 'name', 'wrong_format'],
    ['no code', { ...draft(), code: undefined }, 'code', 'required'],
    ['empty code', draft({ code: '' }), 'code', 'too_short'],
    ['too much code', draft({ code: 'x'.repeat(200_001) }), 'code', 'too_long'],
    ['a long description', draft({ description: 'd'.repeat(4_001) }), 'description', 'too_long'],
    ['an engine that there is not', draft({ engine: 'vm' }), 'engine', 'not_in_enum'],
    ['a timeout of a fraction', draft({ timeoutMs: 1_000.5 }), 'timeoutMs', 'wrong_type'],
    ['a timeout that is too short', draft({ timeoutMs: 999 }), 'timeoutMs', 'out_of_range'],
    ['a timeout in words', draft({ timeoutMs: '5000' }), 'timeoutMs', 'wrong_type'],
    ['a member that there is not', draft({ published: true }), 'published', 'unknown_field'],
    ['the admin token', draft({ adminToken: 'x'.repeat(32) }), 'adminToken', 'unknown_field'],
    ['a scope that there is not', draft({ scopes: ['root'] }), 'scopes.0', 'not_in_enum'],
    [
      'a package of a path',
      draft({ dependencies: [{ name: '../x', version: '1' }] }),
      'dependencies.0.name',
      'wrong_format',
    ],
    ['a package without version', draft({ dependencies: [{ name: 'x' }] }), 'dependencies.0.version', 'required'],
    [
      'a version of an address',
      draft({ dependencies: [{ name: 'x', version: 'git://x' }] }),
      'dependencies.0.version',
      'wrong_format',
    ],
    [
      'a host that is none',
      draft({ hostFunctions: { fetch: { hosts: ['*'] } } }),
      'hostFunctions.fetch.hosts.0',
      'wrong_format',
    ],
    [
      'a host function that there is not',
      draft({ hostFunctions: { exec: {} } }),
      'hostFunctions.exec',
      'unknown_field',
    ],
    ['U+0000 in code', draft({ code: 'a\0b' }), 'code', 'wrong_format'],
    ['U+0000 deep in a schema', draft({ inputSchema: { a: [{ b: '\0' }] } }), 'inputSchema.a.0.b', 'wrong_format'],
    ['U+0000 in a name of a schema', draft({ inputSchema: { 'a\0': 1 } }), 'inputSchema', 'wrong_format'],
  ])('names the field: %s', (_what, body, field, code) => expect(codesOf(draftOf, body)).toEqual([[field, code]]));

  it('of a patch names it once, though it could be null', () => {
    expect(codesOf(patchOf, { title: 7, description: null, name: 'other' })).toEqual([
      ['name', 'unknown_field'],
      ['title', 'wrong_type'],
      ['description', 'wrong_type'],
    ]);
  });

  it('of a patch says which form of what could be null', () =>
    expect(codesOf(patchOf, { title: '' })).toEqual([['title', 'too_short']]));

  it('names every field', () => {
    expect(codesOf(bodyCheck(RunBody), { code: 7, bogus: 1, engine: 'x' })).toEqual([
      ['bogus', 'unknown_field'],
      ['code', 'wrong_type'],
      ['engine', 'not_in_enum'],
    ]);
    expect(codesOf(bodyCheck(RollbackBody), { version: 0 })).toEqual([['version', 'out_of_range']]);
  });

  it('names at most twenty, and nothing of what was sent', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, 'hunter2']));
    const faults = faultsOf(draftOf, { ...draft({ engine: 'hunter2', name: 'hunter2!' }), ...many });
    expect(faults).toHaveLength(20);
    expect(JSON.stringify(faults)).not.toContain('hunter2');
  });
});
