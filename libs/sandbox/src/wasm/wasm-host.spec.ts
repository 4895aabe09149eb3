import { afterAll, describe, expect, it } from '@jest/globals';
import type { HostFunctions, SandboxRun } from '../sandbox.js';
import { WasmEngine } from './wasm-engine.js';

const engine = new WasmEngine({ workers: 1, memoryMb: 64, queue: 4, outputBytes: 100_000, maxTimeoutMs: 60_000 });
afterAll(() => engine.close());

const run = async (code: string, host: HostFunctions, more: Partial<SandboxRun> = {}) => {
  const signal = new AbortController().signal;
  const outcome = await engine.run({ tenant: 'a', code, args: null, timeoutMs: 30_000, signal, host, ...more });
  return outcome.ok ? outcome.result : `${outcome.error.kind}: ${outcome.error.message}`;
};
const echo: HostFunctions = { echo: (args) => Promise.resolve(args) };
const until = async (signal: AbortSignal) => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
};

describe('a host function', () => {
  it.each<[string, HostFunctions, unknown]>([
    ['return await echo(1, { a: [null] }, undefined)', echo, [1, { a: [null] }, null]],
    ['return await kv.get("a")', { 'kv.get': ([key]) => Promise.resolve({ key }) }, { key: 'a' }],
    ['return [await kv.get(), await kv.set()]', { 'kv.get': async () => 1, 'kv.set': async () => 2 }, [1, 2]],
    ['return await nothing()', { nothing: async () => undefined }, null],
    ['return await echo("x".repeat(1e6)).then(([x]) => x.length)', echo, 1e6],
    ['return Object.keys(await echo(JSON.parse(\'{"__proto__":1}\')).then(([x]) => x))', echo, ['__proto__']],
  ])('answers: %s', async (code, host, result) => expect(await run(code, host)).toEqual(result));

  it.each<[string, HostFunctions, string | RegExp]>([
    [
      'await away()',
      { away: () => Promise.reject(Object.assign(new TypeError('not there'), { secret: 1 })) },
      /^thrown: TypeError: not there/,
    ],
    [
      'try { await away() } catch (error) { return [error instanceof Error, error.name, error.message, error.secret, /[/]|file:/.test(error.stack)].join() }',
      { away: () => Promise.reject(Object.assign(new TypeError('not there'), { secret: 1 })) },
      'true,TypeError,not there,,false',
    ],
    ['await away()', { away: () => Promise.reject('text') }, /^thrown: Error: text/],
    [
      'await away()',
      {
        away: () => {
          throw new Error('at once');
        },
      },
      /^thrown: Error: at once/,
    ],
    ['await echo("x".repeat(2e6))', echo, /^thrown: TypeError: echo: the arguments are larger than 1048576 bytes/],
    ['await large()', { large: async () => 'x'.repeat(2e6) }, /^thrown: RangeError: The answer is larger than 1048576/],
    [`await echo(${'['.repeat(70)}${']'.repeat(70)})`, echo, /^thrown: RangeError: The arguments are nested more/],
    ['await echo(1n)', echo, /^thrown: TypeError: .*BigInt/],
    ['for (;;) await echo()', echo, /^thrown: Error: echo: more than 100 calls/],
    ['await Promise.race([echo(), new Promise(() => {})]); await new Promise(() => {})', echo, /^stalled/],
    ['return echo.constructor("return process")()', echo, "thrown: ReferenceError: 'process' is not defined"],
    ['return echo.constructor.constructor("return typeof require + typeof process")()', echo, 'undefinedundefined'],
    ['return Object.getPrototypeOf(await echo()).constructor === Array ? "its own" : "ours"', echo, 'its own'],
    ['Promise.prototype.then = Promise = JSON.parse = undefined; return String(await echo(1))', echo, '1'],
  ])('or does not: %.70s', async (code, host, result) =>
    expect(await run(code, host)).toEqual(expect.stringMatching(result)),
  );

  it('is called many times at once, sixteen of them', async () => {
    // Nobody is answered before sixteen have asked; one more has the time to ask as well.
    let [now, most] = [0, 0];
    let full = Promise.withResolvers<void>();
    const wait = async ([at]: readonly unknown[]) => {
      most = Math.max(most, ++now);
      if (now === 16) setTimeout(full.resolve, 20);
      await full.promise;
      if (--now === 0) full = Promise.withResolvers();
      return at;
    };
    const result = await run('return Promise.all(Array.from({ length: 16 * 6 }, (_, at) => wait(at)))', { wait });
    expect(result).toEqual(Array.from({ length: 96 }, (_, at) => at));
    expect(most).toBe(16);
  });

  it.each([
    ['time is up', 'await wait()', {}, /^timeout/],
    ['the code is done', 'wait(); return 1', {}, /^1$/],
  ])('is let go when %s', async (_when, code, more, result) => {
    const ended = Promise.withResolvers<void>();
    const wait = (_args: readonly unknown[], signal: AbortSignal) => until(signal).then(() => ended.resolve());
    expect(String(await run(code, { wait }, { timeoutMs: 500, ...more }))).toMatch(result);
    await ended.promise;
  });

  it('is let go when nobody wants the answer', async () => {
    const [ended, wanted] = [Promise.withResolvers<void>(), new AbortController()];
    const wait = (_args: readonly unknown[], signal: AbortSignal) => {
      wanted.abort(new Error('gone'));
      return until(signal).then(() => ended.resolve());
    };
    const { signal } = wanted;
    await expect(run('await wait()', { wait }, { signal })).rejects.toThrow('gone');
    await ended.promise;
  });

  it('of a run that is over does not answer the next', async () => {
    const late = Promise.withResolvers<string>();
    expect(await run('slow(); return 1', { slow: () => late.promise })).toBe(1);
    const next = run('return await slow()', { slow: () => (late.resolve('late'), Promise.resolve('own')) });
    expect(await next).toBe('own');
  });

  it('is one that the run was given', async () => {
    expect(await run('return typeof echo', {})).toBe('undefined');
    expect(await run('return typeof fetch', echo)).toBe('undefined');
  });
});
