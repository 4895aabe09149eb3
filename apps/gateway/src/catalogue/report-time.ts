import type { CallChannel } from '#gateway/tools/call-channel.js';

const EVERY_MS = 2_000;

/**
 * Tells every two seconds how long a call has been running. Seconds, without a total: how much is left nobody knows, and
 * the longest that it may take is no measure of it.
 * @returns how to stop
 */
export function reportTime(channel: CallChannel, timeoutMs: number): () => void {
  const began = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1_000);
    channel.progress(seconds, undefined, `Running for ${seconds} s, at most ${timeoutMs / 1_000} s`);
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}
