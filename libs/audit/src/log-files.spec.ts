import { expect, it } from '@jest/globals';
import { fileOfWorker } from './log-files.js';

it.each([
  ['logs/audit.jsonl', 1, 'logs/audit.jsonl'],
  ['logs/audit.jsonl', 2, 'logs/audit.2.jsonl'],
  ['/var/log.d/audit', 3, '/var/log.d/audit.3'],
  ['a.b/audit.log.jsonl', 12, 'a.b/audit.log.12.jsonl'],
])('%s of worker %d is %s', (file, worker, expected) => expect(fileOfWorker(file, worker)).toBe(expected));
