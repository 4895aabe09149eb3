import type { Readable } from 'node:stream';
import { linesIn } from './lines.js';

/** One event of a stream; `data` is empty in one that only sets the id to come back with. */
export interface StreamEvent {
  readonly data: string;
  readonly id?: string;
  readonly retryMs?: number;
}

/** The events of a `text/event-stream`, each when it is whole. Comments keep the line warm and say nothing. */
export async function* eventsIn(body: Readable): AsyncGenerator<StreamEvent> {
  let data: string[] = [];
  let id: string | undefined;
  let retryMs: number | undefined;
  for await (const line of linesIn(body)) {
    if (line === '') {
      if (data.length > 0 || id !== undefined || retryMs !== undefined) yield { data: data.join('\n'), id, retryMs };
      data = [];
      id = retryMs = undefined;
      continue;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
  }
}
