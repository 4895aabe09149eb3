import type { FaultKind } from '../sandbox.js';

/** What a thread is made with. */
export interface ThreadOptions {
  /** QuickJS, compiled once for all threads. */
  readonly quickjs: WebAssembly.Module;
  /** Memory of a run, in MiB: a hard maximum. */
  readonly memoryMb: number;
  /** UTF-8 bytes of a result, and of all lines of a log. */
  readonly outputBytes: number;
}

/** To the thread: run this. */
export interface Task {
  /** Its number in this thread: what comes for another one comes too late. */
  readonly run: number;
  readonly code: string;
  /** JSON. */
  readonly args: string;
  /** From now on. */
  readonly timeoutMs: number;
  /** Names of the host functions that there are. */
  readonly host: readonly string[];
}

/** To the thread: what a host function came to. `text`: JSON of what it gave. */
export type Answer = { readonly run: number; readonly call: number } & (
  { readonly text: string } | { readonly name: string; readonly message: string }
);

/** From the thread: the code calls a host function. `args`: JSON of a list. */
export interface HostCall {
  readonly run: number;
  readonly call: number;
  readonly name: string;
  readonly args: string;
}

/** How the code ended. `text`: JSON of the result, or what is to be told of the fault. */
export interface Ending {
  readonly kind: 'ok' | FaultKind;
  readonly text: string;
}

/** From the thread: it is over. */
export interface Ended extends Ending {
  readonly logs: readonly string[];
  readonly durationMs: number;
  /** True: nothing else may run in this thread. */
  readonly spent: boolean;
}

/** Bytes of the JSON that a host function is given or gives. */
export const MOST_HOST_JSON = 1_048_576;
/** How deep JSON may be that comes out of a sandbox, or goes in. */
export const DEEPEST = 64;
