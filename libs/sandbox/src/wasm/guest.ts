import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten-core';
import { GuestLog, MOST_LINES } from './guest-log.js';
import { PRELUDE } from './guest-prelude.js';
import { isDeeperThan } from '../json-depth.js';
import { type Answer, DEEPEST, type Ending, type HostCall, MOST_HOST_JSON, type Task } from './thread-messages.js';

const MOST_CALLS = 100;
const MOST_CALLS_AT_ONCE = 16;
/** Of QuickJS. The thread's own stack must have room for what it takes of that: up to forty times as much. */
const STACK_BYTES = 256 * 1024;
/** Jobs between two looks at whether the code is done. What it left behind then is not run any more. */
const JOBS_AT_A_TIME = 64;
/** Memory that QuickJS may not take of the whole, so that it can still say that there is no more. */
const SPARE_BYTES = 2 * 1024 * 1024;
const NEARLY_FULL = 0.75;

export interface GuestOptions {
  /** Of the whole memory: what QuickJS itself takes counts. */
  readonly memoryBytes: number;
  readonly outputBytes: number;
  /** Told of each call of a host function. */
  readonly call: (call: Omit<HostCall, 'run'>) => void;
}

const TIMED_OUT: Ending = { kind: 'timeout', text: '' };
const OUT_OF_MEMORY: Ending = { kind: 'out_of_memory', text: '' };
const STALLED: Ending = { kind: 'stalled', text: '' };

/** One run of code: a runtime of its own, of which nothing is left when it is disposed. */
export class Guest {
  readonly log: GuestLog;
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly functions: QuickJSHandle;
  private promise: QuickJSHandle;
  private deadline = Infinity;
  private isInterrupted = false;
  private early: Ending | undefined;
  private asked = 0;

  constructor(
    private readonly quickjs: QuickJSWASMModule,
    private readonly options: GuestOptions,
  ) {
    this.log = new GuestLog(options.outputBytes);
    this.runtime = quickjs.newRuntime({
      maxStackSizeBytes: STACK_BYTES,
      memoryLimitBytes: options.memoryBytes - SPARE_BYTES,
      interruptHandler: () => (this.isInterrupted ||= performance.now() >= this.deadline),
    });
    this.context = this.runtime.newContext();
    this.functions = this.prepare();
  }

  /** @param deadline of `performance.now()` */
  start({ code, args, host }: Task, deadline: number): void {
    this.deadline = deadline;
    // Texts end at a NUL where they are handed over.
    if (code.includes('\0')) this.early = { kind: 'thrown', text: 'SyntaxError: the code has a NUL character in it' };
    const source = `async function tool(args){${code}\n}`;
    const made = this.context.evalCode(`(${source})`, 'code.js');
    this.promise = made.error
      ? this.call('failed', made.error)
      : this.call('start', made.value, ...[source, args, JSON.stringify(host)].map((text) => this.text(text)));
  }

  answer(answer: Answer): void {
    this.asked--;
    const { undefined: none } = this.context;
    const told =
      'text' in answer
        ? [this.text(answer.text), none, none]
        : [none, this.text(answer.name), this.text(answer.message)];
    this.call('answer', this.context.newNumber(answer.call), ...told).dispose();
  }

  /** Runs what is due. @returns undefined while it waits for answers */
  turn(): Ending | undefined {
    for (;;) {
      if (this.isInterrupted || performance.now() >= this.deadline) return TIMED_OUT;
      if (this.early) return this.early;
      const state = this.context.getPromiseState(this.promise);
      if (state.type === 'fulfilled') return this.ending(state.value);
      // The prelude rejects nothing, unless there is no memory left to say what it was.
      if (state.type === 'rejected') return OUT_OF_MEMORY;
      if (!this.runtime.hasPendingJob()) return this.stillness();
      this.runtime.executePendingJobs(JOBS_AT_A_TIME).dispose();
    }
  }

  /** Code that is stopped while it waits leaves promises behind, which are let go here as everything else is. */
  dispose(): void {
    this.promise?.dispose();
    this.functions.dispose();
    this.context.dispose();
    this.runtime.dispose();
  }

  private get memoryBytes(): number {
    return this.quickjs.getWasmMemory().buffer.byteLength;
  }

  private prepare(): QuickJSHandle {
    const { context, options } = this;
    const call = context.newFunction('call', (id, name, args) => {
      this.asked++;
      options.call({ call: context.getNumber(id), name: context.getString(name), args: context.getString(args) });
    });
    const log = context.newFunction('log', (line) => this.log.add(context.getString(line)));
    const limits = [options.outputBytes, MOST_LINES, MOST_HOST_JSON, MOST_CALLS, MOST_CALLS_AT_ONCE];
    const prelude = context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js'));
    const handles = [call, log, ...limits.map((limit) => context.newNumber(limit))];
    const made = context.unwrapResult(context.callFunction(prelude, context.undefined, ...handles));
    for (const handle of [prelude, ...handles]) handle.dispose();
    return made;
  }

  /** Calls a function of the prelude, with handles that are its own from here on. */
  private call(name: 'start' | 'failed' | 'answer', ...args: QuickJSHandle[]): QuickJSHandle {
    const { context } = this;
    const fn = context.getProp(this.functions, name);
    const called = context.callFunction(fn, context.undefined, ...args);
    for (const handle of [fn, ...args]) handle.dispose();
    if (!called.error) return called.value;
    // Only what nothing can catch comes out of the prelude: the deadline, or no memory.
    this.early = OUT_OF_MEMORY;
    return called.error;
  }

  /** Without memory a promise is lost, and what is thrown is null. */
  private get isFull(): boolean {
    return this.memoryBytes >= this.options.memoryBytes * NEARLY_FULL;
  }

  private stillness(): Ending | undefined {
    if (this.asked > 0) return undefined;
    return this.isFull ? OUT_OF_MEMORY : STALLED;
  }

  private text(text: string): QuickJSHandle {
    return this.context.newString(text);
  }

  private ending(told: QuickJSHandle): Ending {
    const whole = this.context.getString(told);
    told.dispose();
    const end = whole.indexOf('\n');
    const kind = whole.slice(0, end) as Ending['kind'];
    const text = whole.slice(end + 1);
    if (kind === 'thrown' && text === 'null' && this.isFull) return OUT_OF_MEMORY;
    if (kind !== 'ok') return { kind, text };
    if (Buffer.byteLength(text) > this.options.outputBytes) return { kind: 'result_too_large', text: '' };
    if (!isDeeperThan(text, DEEPEST)) return { kind, text };
    return { kind: 'invalid_result', text: `What the code returned is nested more than ${DEEPEST} levels deep.` };
  }
}
