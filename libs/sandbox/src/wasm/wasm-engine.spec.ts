import { afterAll, describe, expect, it } from '@jest/globals';
import { SandboxBusy, SandboxUnavailable } from '../sandbox.errors.js';
import type { RunOutcome, SandboxRun } from '../sandbox.js';
import { WasmEngine } from './wasm-engine.js';

const OPTIONS = { workers: 1, memoryMb: 64, queue: 4, outputBytes: 10_000, maxTimeoutMs: 60_000 };
const engines: WasmEngine[] = [];
const made = (options: Partial<typeof OPTIONS> = {}) => {
  const engine = new WasmEngine({ ...OPTIONS, ...options });
  engines.push(engine);
  return engine;
};
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

const shared = made();
const never = new AbortController().signal;
const run = (code: string, more: Partial<SandboxRun> = {}, engine = shared) =>
  engine.run({ tenant: 'a', code, args: { n: 1 }, timeoutMs: 30_000, signal: never, ...more });
const told = (outcome: RunOutcome) => (outcome.ok ? outcome.result : `${outcome.error.kind}: ${outcome.error.message}`);

/** Of this engine: whatever the code does, it is soon over. */
const LOOP = 'for (;;);';

describe('what code returns', () => {
  it.each<[string, unknown]>([
    ['return args.n + 1', 2],
    ['', null],
    ['return', null],
    ['return await Promise.resolve([1, "é😀\\u0000", { a: null }])', [1, 'é😀\0', { a: null }]],
    ['return [NaN, undefined, () => 1, new Date(0)]', [null, null, null, '1970-01-01T00:00:00.000Z']],
    ['return "\\ud800"', '\ud800'],
    ['return { toJSON: () => 5 }', 5],
    ['x = 1; return x', 1],
    ['"use strict"; return typeof this', 'undefined'],
    ['return 1 // a comment', 1],
    ['return eval("1 + 1") + new Function("return 1")()', 3],
  ])('%s', async (code, result) => expect(told(await run(code))).toEqual(result));

  it.each([
    ['return () => 1', 'invalid_result: What the code returned is no JSON: it is a function.'],
    ['return Symbol("a")', 'invalid_result: What the code returned is no JSON: it is a symbol.'],
    ['return 1n', /^invalid_result: .*BigInt/],
    ['const a = {}; a.a = a; return a', /^invalid_result: .*circular/],
    [
      `return ${'['.repeat(65)}${']'.repeat(65)}`,
      'invalid_result: What the code returned is nested more than 64 levels deep.',
    ],
    ['return "x".repeat(9_999)', 'result_too_large: What it returned is larger than 10000 bytes of JSON.'],
    ['return "é".repeat(6_000)', /^result_too_large/],
    ['throw new TypeError("no")', 'thrown: TypeError: no (line 1)'],
    ['\n\nnull.a', "thrown: TypeError: cannot read property 'a' of null (line 3)"],
    ['const f = () => { throw new Error("in") };\nf()', 'thrown: Error: in (line 1)'],
    ['let a = ;', /^thrown: SyntaxError: .* \(line 1\)$/],
    ['\n  )', /^thrown: SyntaxError: .* \(line 2\)$/],
    ['throw "plain"', 'thrown: plain'],
    ['throw { code: 5 }', 'thrown: {"code":5}'],
    ['await new Promise(() => {})', 'stalled: It waits for a promise that nothing settles any more.'],
    ['return import("fs")', /^thrown: ReferenceError: could not load module/],
    ['import fs from "fs"', /^thrown: SyntaxError/],
    ['}); globalThis.z = 1; (async function tool(args){', /^thrown: SyntaxError: the code ends a block/],
    ['}, async function tool(args){', /^thrown: SyntaxError: the code ends a block/],
    ['return "\0"', 'thrown: SyntaxError: the code has a NUL character in it'],
  ])('or not: %.70s', async (code, message) => {
    const is = told(await run(code));
    if (typeof message === 'string') expect(is).toBe(message);
    else expect(is).toMatch(message);
  });

  it('is as large as an answer may be', async () => {
    expect(told(await run('return "x".repeat(9_998)'))).toBe('x'.repeat(9_998));
  });

  it('has the arguments, however they are named', async () => {
    const args = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as unknown;
    const result = told(await run('return args', { args }));
    expect(JSON.stringify(result)).toBe('{"__proto__":{"a":1},"constructor":2}');
    expect(told(await run('return args', { args: undefined }))).toBeNull();
  });

  it('knows nothing of this process', async () => {
    const names = told(await run('return Object.getOwnPropertyNames(globalThis).sort().join(" ")'));
    expect(names).toBe(
      'AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError ' +
        'FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array ' +
        'InternalError Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp ' +
        'Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap ' +
        'WeakRef WeakSet console decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis ' +
        'isFinite isNaN parseFloat parseInt undefined unescape',
    );
  });
});

describe('what code logs', () => {
  it('is told beside its result', async () => {
    const { logs } = await run(`
      console.log('a', 1, null, undefined, true, 2n, Symbol('s'));
      console.warn({ a: [1] }, [], new Error('e'), () => 1);
      console.error(); console.debug('x\\ny');`);
    expect(logs).toEqual(['a 1 null undefined true 2 Symbol(s)', '{"a":[1]} [] Error: e [function]', '', 'x\ny']);
  });

  it('is told where it throws, or does not end', async () => {
    expect((await run('console.log("a"); throw 1')).logs).toEqual(['a']);
    // Where the machine is so busy that the thread has to be killed, it is lost: nobody could ask for it.
    let logs: readonly string[] = [];
    for (let tries = 0; tries < 20 && logs.length === 0; tries++)
      ({ logs } = await run(`console.log("a"); ${LOOP}`, { timeoutMs: 300 }));
    expect(logs).toEqual(['a']);
  });

  it.each([
    ['many lines', 'for (let i = 0; i < 1e5; i++) console.log(i)', 1_001],
    ['a long line', 'console.log("é".repeat(1e6))', 2],
    ['many bytes', 'for (let i = 0; i < 1e3; i++) console.log("x".repeat(999))', 12],
  ])('is cut after %s', async (_what, code, lines) => {
    const { ok, logs } = await run(code);
    expect(ok).toBe(true);
    expect(logs).toHaveLength(lines);
    expect(logs.at(-1)).toBe('… more was logged than is kept');
    expect(Buffer.byteLength(logs.slice(0, -1).join('\n'))).toBeLessThanOrEqual(10_000);
  });
});

describe('a place', () => {
  const over = (engine: WasmEngine) => run('', { tenant: 'z' }, engine);

  it('is waited for in turn, each tenant in its own', async () => {
    const engine = made();
    await over(engine);
    const order: string[] = [];
    const queued = (tenant: string) =>
      run('', { tenant }, engine).then(
        () => order.push(tenant),
        () => order.push(`${tenant} refused`),
      );
    const long = run(LOOP, { timeoutMs: 500 }, engine);
    const all = [queued('a'), queued('a'), queued('a'), queued('a'), queued('a'), queued('b')];
    expect(engine.state).toEqual({ idle: 0, busy: 1, starting: 0, waiting: 4 });
    await Promise.all([long, ...all]);
    expect(order).toEqual(['a refused', 'a refused', 'a', 'b', 'a', 'a']);
  });

  it('is refused where too many wait, with the time when one may be free', async () => {
    const engine = made({ queue: 0 });
    await over(engine);
    const long = run(LOOP, { timeoutMs: 1_400 }, engine);
    const refused = await run('', {}, engine).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SandboxBusy);
    expect(refused).toMatchObject({ details: { retryAfter: 2 } });
    expect((await long).ok).toBe(false);
    expect((await over(engine)).ok).toBe(true);
  });

  it('that comes too late is a timeout', async () => {
    const engine = made();
    await over(engine);
    const long = run(LOOP, { timeoutMs: 1_000 }, engine);
    expect(told(await run('', { timeoutMs: 50 }, engine))).toBe(
      'timeout: No sandbox became free within 50 ms: it did not run.',
    );
    expect(engine.state.waiting).toBe(0);
    await long;
  });

  it('is left by who is not wanted any more, waiting or running', async () => {
    const engine = made();
    await over(engine);
    const [waits, runs] = [new AbortController(), new AbortController()];
    const running = run(LOOP, { signal: runs.signal }, engine);
    const waiting = run('', { signal: waits.signal }, engine);
    waits.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(engine.state.waiting).toBe(0);
    const next = run('return 5', {}, engine);
    runs.abort(new Error('gone too'));
    await expect(running).rejects.toThrow('gone too');
    expect(told(await next)).toBe(5);
    await expect(run('', { signal: runs.signal }, engine)).rejects.toThrow('gone too');
  });

  it('is nowhere once all is closed', async () => {
    const engine = made();
    await over(engine);
    const all = [run(LOOP, {}, engine), run('', {}, engine)];
    const ended = Promise.allSettled(all);
    await engine.close();
    for (const { reason } of (await ended) as PromiseRejectedResult[])
      expect(reason).toBeInstanceOf(SandboxUnavailable);
    await expect(run('', {}, engine)).rejects.toBeInstanceOf(SandboxUnavailable);
    expect(engine.state).toEqual({ idle: 0, busy: 0, starting: 0, waiting: 0 });
  });

  it('is there for the next when one is lost', async () => {
    const engine = made({ workers: 2 });
    await over(engine);
    while (engine.state.starting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(engine.state.idle).toBe(2);
    await run('await new Promise(() => {})', {}, engine);
    expect(engine.state).toMatchObject({ idle: 1, starting: 1 });
  });

  it('is closed while it is made', async () => {
    const engine = made();
    const first = run('', {}, engine).catch((error: unknown) => error);
    await engine.close();
    expect(await first).toBeInstanceOf(SandboxUnavailable);
    expect(engine.state.starting).toBe(0);
  });

  it.each([
    ['one that is good', 'return 1', 0],
    ['one that throws', 'throw 1', 0],
    ['one that stalls', 'await new Promise(() => {})', 1],
    ['one that took much', 'const a = new Uint8Array(4e7); return a.length', 1],
  ])('is a new one after %s: %s', async (_what, code, starting) => {
    const engine = made();
    await run(code, {}, engine);
    expect(engine.state.starting).toBe(starting);
    expect(told(await run('return 2', {}, engine))).toBe(2);
  });

  it('is a new one after a hundred, which is made before', async () => {
    const engine = made();
    const counts = [];
    for (let at = 1; at <= 150; at++) {
      await run('return 1', {}, engine);
      const { idle, starting } = engine.state;
      if ([89, 90, 150].includes(at)) counts.push([at, idle, starting]);
    }
    expect(counts).toEqual([
      [89, 1, 0],
      [90, 1, 1],
      [150, 1, 0],
    ]);
  });
});

describe('a run that another one waits for', () => {
  const inner = (engine: WasmEngine, depth: number): SandboxRun['host'] => ({
    inside: async () => {
      const host = depth > 1 ? inner(engine, depth - 1) : { inside: () => Promise.resolve('deepest') };
      return told(await run('return await inside()', { nested: true, host }, engine));
    },
  });
  const outer = async (engine: WasmEngine, depth: number) =>
    told(await run('return await inside()', { host: inner(engine, depth) }, engine));

  it('waits for no thread of those that wait, and leaves none behind', async () => {
    const engine = made();
    expect(await outer(engine, 3)).toBe('deepest');
    expect(await Promise.all([outer(engine, 2), outer(engine, 2)])).toEqual(['deepest', 'deepest']);
    expect(engine.state).toEqual({ idle: 1, busy: 0, starting: 0, waiting: 0 });
  });

  it('is refused when there are too many', async () => {
    expect(await outer(made(), 5)).toMatch(/^thrown: .*Every sandbox is busy/);
    const engine = made();
    await outer(engine, 5);
    expect(await outer(engine, 4)).toBe('deepest');
  });
});
