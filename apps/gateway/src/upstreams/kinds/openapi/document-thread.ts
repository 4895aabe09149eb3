import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ApiDocument, DocumentWishes } from './api-operation.js';
import { DocumentFault } from './document-faults.js';

/** Ten thousand operations in JSON take two seconds, 8 MB of YAML some ten. */
const LONGEST_MS = 30_000;
const MOST_MEMORY_MB = 512;

/**
 * Reads a document in a thread of its own, which ends afterwards: it takes long, and may be made to take for ever.
 * @throws DocumentFault
 */
export async function readInThread(
  text: string,
  wishes: DocumentWishes,
  signal: AbortSignal,
  longestMs = LONGEST_MS,
): Promise<ApiDocument> {
  signal.throwIfAborted();
  const late = AbortSignal.timeout(longestMs);
  const worker = new Worker(new URL('./document.thread.js', import.meta.url), {
    workerData: { text, wishes },
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  worker.unref();
  try {
    const answered = once(worker, 'message', { signal: AbortSignal.any([late, signal]) });
    const [{ document, fault }] = (await answered) as [{ document?: ApiDocument; fault?: string }];
    if (document) return document;
    throw new DocumentFault(fault);
  } catch (error) {
    if (late.aborted) throw new DocumentFault('it takes too long to read');
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw new DocumentFault('it takes too much memory to read');
    }
    if (signal.aborted) throw signal.reason as Error;
    throw error;
  } finally {
    await worker.terminate();
  }
}
