import type { RecordedEvent } from './analysis.js';

type Payload = RecordedEvent['payload'];

/** A non-empty string under `key`, else null. */
export function textIn(payload: Payload, key: string): string | null {
  const value = payload?.[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The object under `key`, else null. */
export function objectIn(payload: Payload, key: string): Readonly<Record<string, unknown>> | null {
  const value = payload?.[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

/** What a tool printed: a string, `{ stdout, stderr }`, or content blocks with a `text` each. */
export function outputOf(event: Pick<RecordedEvent, 'payload' | 'rawMessage'>): string {
  const { payload } = event;
  const output = payload?.['output'] ?? payload?.['content'] ?? payload?.['result'];
  if (typeof output === 'string') return output;
  if (Array.isArray(output)) {
    return output.map((block: unknown) => textIn(block as Payload, 'text') ?? '').join('\n');
  }
  const streams = objectIn(payload, 'output') ?? payload;
  const printed = [textIn(streams, 'stdout'), textIn(streams, 'stderr')].filter((stream) => stream !== null);
  return printed.length > 0 ? printed.join('\n') : (event.rawMessage ?? '');
}

/** The start of a text as a string of its own: a plain slice would keep the whole payload in memory. */
export function ownCopy(text: string, maxChars: number): string {
  return Buffer.from(text.slice(0, maxChars), 'utf8').toString('utf8');
}
