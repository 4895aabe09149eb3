import type { Agent } from 'undici';

const TIMEOUT_MS = 1_000;
const MAX_BYTES = 262_144;

/** Fetches key sets: as the operator wrote the address, without redirects, and never more than it takes. */
export class JwksFetcher {
  private agent: Agent | undefined;

  /** The keys as the issuer publishes them. */
  async read(url: string): Promise<{ keys: unknown[] }> {
    // Loaded where tokens are asked for only: it costs a start 80 ms.
    const undici = await import('undici');
    this.agent ??= new undici.Agent({ connections: 1, connect: { timeout: TIMEOUT_MS } });
    const { statusCode, body } = await undici.request(url, {
      dispatcher: this.agent,
      headers: { accept: 'application/jwk-set+json, application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (statusCode !== 200) {
      // What it says instead is of no interest: the connection goes with it.
      body.on('error', () => undefined).destroy();
      throw new Error(`the address of the keys answered ${statusCode}`);
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES) throw new Error(`the address of the keys answered more than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    const { keys } = JSON.parse(Buffer.concat(chunks).toString()) as { keys?: unknown };
    if (!Array.isArray(keys)) throw new Error('the address of the keys answered something else');
    return { keys };
  }

  async close(): Promise<void> {
    await this.agent?.destroy();
  }
}
