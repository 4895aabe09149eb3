import type { EgressAnswer, EgressOrigin, EgressRequest } from '#egress/egress-client.js';
import { AnswerTooLarge } from '#egress/egress.errors.js';

/** The way to one base address, with its path and its query. */
export class ApiOutlet {
  /** Without the slash at its end. */
  private readonly basePath: string;
  private readonly baseQuery: string;

  constructor(
    readonly url: URL,
    private readonly origin: EgressOrigin,
  ) {
    this.basePath = url.pathname.replace(/\/$/, '');
    this.baseQuery = url.search.slice(1);
  }

  /** @param request its path below the base address. @throws what egress throws */
  request(request: EgressRequest, query: readonly string[] = []): Promise<EgressAnswer> {
    const pieces = this.baseQuery === '' ? query : [this.baseQuery, ...query];
    const path = (this.basePath + request.path || '/') + (pieces.length === 0 ? '' : `?${pieces.join('&')}`);
    return this.origin.request({ ...request, path });
  }

  /** Whether somebody answers there, whatever it says. @throws what `request` throws */
  async knock(signal: AbortSignal): Promise<number> {
    try {
      return (await this.request({ method: 'GET', path: '', signal, maxBytes: 65_536 })).status;
    } catch (error) {
      if (error instanceof AnswerTooLarge) return error.status;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.origin.close();
  }
}
