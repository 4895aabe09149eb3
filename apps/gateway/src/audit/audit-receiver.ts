import type { Batch } from '#audit/forward-spool.js';
import type { EgressClient, EgressOrigin } from '#egress/egress-client.js';
import { AnswerTooLarge } from '#egress/egress.errors.js';

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;
const LONGEST_ANSWER = 64 * 1024;

/** The service that records are handed on to. Its address is the operator's word; redirects are not followed. */
export class AuditReceiver {
  private readonly origin: EgressOrigin;
  private readonly path: string;

  constructor(
    egress: EgressClient,
    url: string,
    private readonly token: string | undefined,
  ) {
    const { pathname, search } = new URL(url);
    this.path = pathname + search;
    this.origin = egress.configured(url, {
      connections: 1,
      connectTimeoutMs: CONNECT_MS,
      headersTimeoutMs: ANSWER_MS,
      bodyTimeoutMs: ANSWER_MS,
    });
  }

  /** Resolves to the status of the answer; what else it says is of no interest. */
  async send({ id, bytes }: Batch, signal: AbortSignal): Promise<number> {
    try {
      const answer = await this.origin.request({
        method: 'POST',
        path: this.path,
        body: bytes,
        signal,
        maxBytes: LONGEST_ANSWER,
        headers: {
          'content-type': 'application/x-ndjson',
          'idempotency-key': id,
          ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        },
      });
      return answer.status;
    } catch (error) {
      if (error instanceof AnswerTooLarge) return error.status;
      throw error;
    }
  }
}
