import { parentPort, workerData } from 'node:worker_threads';
import type { DocumentWishes } from './api-operation.js';
import { DocumentFault } from './document-faults.js';
import { readDocument } from './read-document.js';

// Runs in a worker thread: a document that is slow to read holds up nobody.
const { text, wishes } = workerData as { text: string; wishes: DocumentWishes };
try {
  parentPort!.postMessage({ document: await readDocument(text, wishes) });
} catch (error) {
  if (!(error instanceof DocumentFault || error instanceof RangeError)) throw error;
  parentPort!.postMessage({ fault: error.message });
}
