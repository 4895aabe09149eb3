import { hash } from 'node:crypto';

/** What stands for all that waits at an upstream: another when something else waits. */
export function pendingTag(
  pins: Iterable<{ readonly tool: string; readonly pendingSha256: string | null; readonly state: string }>,
): string {
  const waiting = [...pins]
    .filter(({ state }) => state === 'pending')
    .map(({ tool, pendingSha256 }) => `${tool} ${pendingSha256}`);
  return hash('sha256', waiting.sort().join('\n'));
}
