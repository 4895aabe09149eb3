import { describe, expect, it } from '@jest/globals';
import type { AppError } from '#errors/app-error.js';
import type { RunBody } from './dynamic-tools.models.js';
import { runRequest } from './run-request.js';

const LIMITS = { timeoutMs: 120_000, dependencies: 2 };
const ZOD = { name: 'zod', version: '4.0.0' };

describe('what is run for a body', () => {
  it('is plain JavaScript of half a minute unless it says otherwise', () => {
    expect(runRequest({ code: 'return 1' }, LIMITS)).toEqual({
      scope: 'run_js_ephemeral',
      engine: 'wasm',
      code: 'return 1',
      args: {},
      timeoutMs: 30_000,
    });
  });

  it('has what it says, and any JSON value for arguments', () => {
    const body: RunBody = { code: 'c', args: null, engine: 'docker', image: 'node:26', dependencies: [ZOD] };
    expect(runRequest({ ...body, timeoutMs: 120_000 }, LIMITS)).toMatchObject({ ...body, timeoutMs: 120_000 });
  });

  it.each([{ image: 'node:26' }, { dependencies: [ZOD] }])('is for Node.js when it wants %j', (more) => {
    expect(runRequest({ code: 'c', ...more }, LIMITS)).toMatchObject({ engine: 'docker', ...more });
    expect(runRequest({ code: 'c', dependencies: [] }, LIMITS).engine).toBe('wasm');
  });

  it('has no more time than the operator gives, also when it asks for none', () =>
    expect(runRequest({ code: 'c' }, { ...LIMITS, timeoutMs: 5_000 }).timeoutMs).toBe(5_000));
});

it.each<[Partial<RunBody>, string, string]>([
  [{ timeoutMs: 120_001 }, 'timeoutMs', 'out_of_range'],
  [{ engine: 'docker', dependencies: [ZOD, ZOD, ZOD] }, 'dependencies', 'too_many'],
  [{ engine: 'wasm', dependencies: [ZOD] }, 'dependencies', 'unexpected'],
  [{ engine: 'wasm', image: 'node:26' }, 'image', 'unexpected'],
])('%j is refused', (more, field, code) => {
  const faults = () => {
    try {
      return runRequest({ code: 'c', ...more }, LIMITS);
    } catch (error) {
      return (error as AppError).details.faults;
    }
  };
  expect(faults()).toEqual([{ field, code, message: expect.any(String) }]);
});
