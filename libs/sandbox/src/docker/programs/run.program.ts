import { program } from './first-line.js';

/** What a container is told of a run. */
export interface RunInput {
  readonly mark: string;
  readonly code: string;
  readonly args: unknown;
  /** Where `import` looks for packages: a folder that has, or has not, `node_modules`. */
  readonly base: string;
  /** What is in `base`, as the install program has marked it; undefined: whatever is there. */
  readonly cache?: string;
  /** Bytes. */
  readonly most: number;
}

/** What is told where `base` does not hold the cache, or not in full: nothing was run. */
export const UNREADY = '{"unready":true}';

/** Runs a body of an async function, and tells `{ ok, result | error }`. */
export const RUN_PROGRAM = program(String.raw`
const vm = require('node:vm');
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { byteLength } = Buffer;
const fault = (kind, message) => tell(stringify({ ok: false, error: { kind, message: String(message).slice(0, 2000) } }));
const words = (error) => {
  try {
    return error instanceof Error ? error.name + ': ' + error.message : typeof error === 'string' ? error : stringify(error) ?? String(error);
  } catch {
    return 'something that cannot be shown';
  }
};
const thrown = (error) => fault('thrown', words(error));
// All in one stream: of two nobody could tell what came first.
globalThis.console = new (require('node:console').Console)({ stdout: process.stdout, stderr: process.stdout });
process.on('uncaughtException', thrown);
process.on('beforeExit', () => fault('stalled', 'It waits for something that can never come.'));
const holds = (base, cache) => {
  try {
    return readFileSync(base + '/.complete', 'utf8') === cache;
  } catch {
    return false;
  }
};
start(async ({ code, args, base, cache, most }, input) => {
  input.unref();
  if (cache !== undefined && !holds(base, cache)) return tell('{"unready":true}');
  let result;
  try {
    // That it is a body, not more than one.
    new (async () => {}).constructor('args', 'require', code);
    const body = vm.compileFunction('return (async () => {\n' + code + '\n})();', ['args', 'require'], {
      filename: base + '/code.js',
      lineOffset: -1,
      importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    result = await body(args, createRequire(base + '/code.js'));
  } catch (error) {
    return thrown(error);
  }
  let json;
  try {
    json = result === undefined ? 'null' : stringify(result);
  } catch (error) {
    return fault('invalid_result', 'What it returns cannot be written as JSON: ' + words(error));
  }
  if (json === undefined) return fault('invalid_result', 'What it returns is not JSON: a ' + typeof result + '.');
  if (byteLength(json) > most) return fault('result_too_large', 'What it returns is larger than ' + most + ' bytes.');
  tell('{"ok":true,"result":' + json + '}');
});
`);
