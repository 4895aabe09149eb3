import cluster from 'node:cluster';
import { loadConfig } from '#config/load-config.js';
import { flushLogs } from '#observability/log-destination.js';

// Listened for from the first moment, so that none comes while nobody would stop the PostgreSQL that is being started.
// More than one changes nothing: a terminal and npm both pass on the same one.
const signalled = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
});

try {
  const config = loadConfig();
  // The primary of several workers serves nothing, and loads nothing of what serves.
  const run =
    config.WORKERS > 1 && cluster.isPrimary
      ? (await import('./lifecycle/primary.js')).supervise
      : (await import('./serve.js')).serve;
  const code = await run(config, signalled);
  await flushLogs();
  process.exit(code);
} catch (error) {
  await flushLogs();
  // A start that cannot be is told in a sentence, not in a stack.
  process.stderr.write(`achilles: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
