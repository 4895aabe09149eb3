/** What fits in one request. */
export interface BatchLimits {
  readonly events: number;
  readonly bytes: number;
}

const ENVELOPE_BYTES = '{"events":[]}'.length;

/** Groups JSON texts into batches that keep both limits. One that is too large by itself goes alone, to be refused by name. */
export async function* inBatches(texts: AsyncIterable<string>, limits: BatchLimits): AsyncGenerator<string[]> {
  let batch: string[] = [];
  let bytes = ENVELOPE_BYTES;
  for await (const text of texts) {
    const more = Buffer.byteLength(text) + 1;
    if (batch.length > 0 && (batch.length >= limits.events || bytes + more > limits.bytes)) {
      yield batch;
      batch = [];
      bytes = ENVELOPE_BYTES;
    }
    batch.push(text);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}
