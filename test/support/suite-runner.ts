import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { give } from './suite-globals.js';

/** What circus asks of Jest's own module system. */
interface Modules {
  /** Circus loads the rest of itself with it. */
  requireInternalModule(this: void, file: string): unknown;
  setGlobalsForRuntime(this: void, globals: Parameters<typeof give>[0]): void;
  unstable_shouldLoadAsEsm(this: void, file: string): boolean;
  unstable_importModule(this: void, file: string): Promise<unknown>;
}
type Runner = (globals: object, project: object, place: object, modules: Modules, ...rest: unknown[]) => unknown;

const require = createRequire(import.meta.url);
const { default: circus } = require('jest-circus/runner') as { default: Runner };
const HANDLERS = Symbol.for('EVENT_HANDLERS');

const GLOBALS = new URL('./suite-globals.js', import.meta.url).href;
registerHooks({
  resolve: (name, context, next) =>
    name === '@jest/globals' ? { url: GLOBALS, shortCircuit: true } : next(name, context),
});

let suites = 0;

const NODES: Modules = {
  // Circus collects tests and handlers of events where the next suite would find them.
  requireInternalModule(file) {
    delete require.cache[file];
    Reflect.deleteProperty(globalThis, HANDLERS);
    return require(file);
  },
  setGlobalsForRuntime: give,
  unstable_shouldLoadAsEsm: () => true,
  unstable_importModule: (file) => import(`${pathToFileURL(file).href}?suite=${++suites}`),
};

/**
 * Runs a suite as Jest does, but with the modules of Node.js: what a suite imports is there already when another suite of
 * the same process has imported it. Jest's own modules are read, linked and run again for every suite, which takes
 * seconds where the gateway is among them. So a suite leaves the process as it found it; and there is no `jest` to import,
 * whose timers and mocks would be everybody's.
 */
const run: Runner = (globals, project, place, modules, ...rest) =>
  circus(globals, project, place, Object.assign(Object.create(modules) as Modules, NODES), ...rest);

export default run;
