import { destination } from 'pino';

type Stream = ReturnType<typeof destination>;

/** How long a line may wait for others. */
const FLUSH_EVERY_MS = 100;

/** A reader of the log that has stopped reading costs lines beyond this, not the gateway's memory. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

let stream: Stream | undefined;

/** Opened by the first line, once for all loggers of the process. */
function open(): Stream {
  const opened = destination({ dest: 2, sync: false, minLength: 12_288, maxLength: MAX_WAITING_BYTES });
  setInterval(() => opened.flush(), FLUSH_EVERY_MS).unref();
  process.once('exit', () => opened.flushSync());
  return opened;
}

/**
 * Standard error, written in the background: a line costs what it costs to make it, and a slow reader keeps no request
 * waiting. Nothing is lost at an ordinary end; whoever ends the process calls `flushLogs` first.
 */
export const STANDARD_ERROR = {
  write: (line: string): void => {
    (stream ??= open()).write(line);
  },
  flushSync: (): void => stream?.flushSync(),
};

/** Resolves when everything that has been logged is written. */
export function flushLogs(): Promise<void> {
  const open = stream;
  return open ? new Promise((resolve) => open.flush(() => resolve())) : Promise.resolve();
}
