import { destination } from 'pino';

type Stream = ReturnType<typeof destination>;

/** How long a line may wait for others. */
const FLUSH_EVERY_MS = 100;

/** A reader of the log that has stopped reading costs lines beyond this, not the gateway's memory. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * At an end that nobody flushed for, a thread may be about to write a part. That long it has for it: what pino then writes
 * of the rest, also at the exit, would fill the pipe before it, and nobody is left to hear that it has to try again.
 */
const LAST_CHANCE_MS = 100;

let stream: Stream | undefined;
let mayBeWaiting = false;

/** Opened by the first line, once for all loggers of the process. */
function open(): Stream {
  const opened = destination({ dest: 2, sync: false, minLength: 12_288, maxLength: MAX_WAITING_BYTES });
  setInterval(() => opened.flush(), FLUSH_EVERY_MS).unref();
  process.prependOnceListener('exit', () => {
    if (mayBeWaiting) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_CHANCE_MS);
    opened.flushSync();
  });
  return opened;
}

/**
 * Standard error, written in the background: a line costs what it costs to make it, and a slow reader keeps no request
 * waiting. Nothing is lost at an ordinary end; whoever ends the process calls `flushLogs` first.
 */
export const STANDARD_ERROR = {
  write: (line: string): void => {
    mayBeWaiting = true;
    (stream ??= open()).write(line);
  },
  flushSync: (): void => stream?.flushSync(),
};

/** Resolves when everything that has been logged is written. */
export function flushLogs(): Promise<void> {
  const open = stream;
  if (!open) return Promise.resolve();
  return new Promise((resolve) =>
    open.flush(() => {
      mayBeWaiting = false;
      resolve();
    }),
  );
}
