/** What comes, unless nobody waits any more: it goes on for the others. @throws the signal's reason */
export async function waitFor<T>(coming: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([coming, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
