import { Logger } from '@nestjs/common';

/**
 * Resolves at the first error that nobody caught. The process cannot be trusted any longer: it is to finish what it has
 * in hand, within `patienceMs`, and end.
 */
export function crash(patienceMs: number): Promise<void> {
  const logger = new Logger('Lifecycle');
  return new Promise((resolve) => {
    process.on('uncaughtException', (error, origin) => {
      logger.fatal(error, `${origin}: ${error instanceof Error ? error.message : String(error)}`);
      setTimeout(() => process.exit(1), patienceMs).unref();
      resolve();
    });
  });
}
