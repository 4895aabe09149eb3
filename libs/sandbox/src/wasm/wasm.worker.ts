import { parentPort, workerData } from 'node:worker_threads';
import release from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSSyncVariant } from 'quickjs-emscripten-core';
import { Guest } from './guest.js';
import type { Answer, Ended, Ending, HostCall, Task, ThreadOptions } from './thread-messages.js';

// Runs in a worker thread: code that does not end is ended with the thread.
const PAGE_BYTES = 65_536;
/** What QuickJS begins with, in pages: its module asks for so many. */
const FIRST_PAGES = 256;
/** WebAssembly memory never shrinks: a thread in which it grew beyond this gives it back by ending. */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;

const { quickjs, memoryMb, outputBytes } = workerData as ThreadOptions;
const memoryBytes = memoryMb * 1024 * 1024;
const wasmMemory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: memoryBytes / PAGE_BYTES });
// Its types are those of CommonJS, where the default is one member among others.
const variant = release as unknown as QuickJSSyncVariant;
const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: quickjs, wasmMemory }));
const port = parentPort!;

/** The number of what runs; undefined while nothing does. */
let run: number | undefined;
let began = 0;
let late: NodeJS.Timeout | undefined;
/** Made before there is code for it, while nobody waits. */
let guest = newGuest();

function newGuest(): Guest {
  const call = (asked: Omit<HostCall, 'run'>) => port.postMessage({ run: run!, ...asked } satisfies HostCall);
  return new Guest(module, { memoryBytes, outputBytes, call });
}

function begin(task: Task): void {
  run = task.run;
  began = performance.now();
  proceed(() => guest.start(task, began + task.timeoutMs));
  if (run === undefined) return;
  late = setTimeout(() => end({ kind: 'timeout', text: '' }), task.timeoutMs);
}

/** Does a step, and whatever is due after it. */
function proceed(step: () => void): void {
  try {
    step();
    const ending = guest.turn();
    if (ending) end(ending);
  } catch (error) {
    // Of the thread's own stack, or of WebAssembly: nothing can be said of what is left in its memory.
    if (error instanceof RangeError) end({ kind: 'thrown', text: 'InternalError: stack overflow' }, true);
    else end({ kind: 'crashed', text: '' });
  }
}

function end({ kind, text }: Ending, isBroken = false): void {
  clearTimeout(late);
  run = undefined;
  const durationMs = Math.round(performance.now() - began);
  const { lines } = guest.log;
  const isSpent = isBroken || (kind !== 'ok' && kind !== 'thrown') || wasmMemory.buffer.byteLength > MOST_KEPT_BYTES;
  const spent = isSpent || !isDisposed();
  port.postMessage({ kind, text, logs: lines, durationMs, spent } satisfies Ended);
  if (!spent) guest = newGuest();
}

/** QuickJS counts what it is owed when it is let go, and aborts when something is missing. */
function isDisposed(): boolean {
  try {
    guest.dispose();
    return true;
  } catch {
    return false;
  }
}

port.on('message', (message: Task | Answer) => {
  if ('code' in message) begin(message);
  else if (message.run === run) proceed(() => guest.answer(message));
});
port.postMessage('ready');
