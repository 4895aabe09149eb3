import { parentPort } from 'node:worker_threads';
import { search } from '@jmespath-community/jmespath';
import { isEmpty, shapeOf } from './json-shape.js';
import { selectable } from './selectable.js';
import type { JsonAnswer, JsonTask } from './json-thread.js';

// Runs in a worker thread: an expression that takes long, or makes much of little, holds up nobody.
parentPort!.on('message', (task: JsonTask) => parentPort!.postMessage(answerTo(task)));
parentPort!.postMessage('ready');

function answerTo({ text, expression, isResult }: JsonTask): JsonAnswer {
  try {
    const parsed: unknown = JSON.parse(text);
    const value = isResult ? selectable(parsed) : { value: parsed };
    if (!value) return { fault: 'the result is no JSON' };
    if (expression === undefined) return { shape: shapeOf(value.value) };
    const selected = search(value.value as Parameters<typeof search>[0], expression) ?? null;
    return isEmpty(selected) ? { shape: shapeOf(value.value) } : { json: JSON.stringify(selected) };
  } catch (error) {
    return { fault: (error as Error).message.slice(0, 200) };
  }
}
