import type { OpenApiUpstream } from '#config/upstreams-file.js';
import type { EgressAnswer, EgressClient, EgressOrigin, EgressRequest } from '#egress/egress-client.js';
import { AnswerTooLarge } from '#egress/egress.errors.js';

const CONNECT_TIMEOUT_MS = 3_000;

/** Who vouches for an address: an operator's file, or nobody. */
export type Voucher = 'operator' | 'nobody';

/** The way to one base address. What nobody vouches for must be public. */
export class ApiOutlet {
  /** Without the slash at its end. */
  private readonly basePath: string;
  private readonly baseQuery: string;
  private readonly origin: EgressOrigin | undefined;
  readonly url: URL;

  constructor(
    private readonly egress: EgressClient,
    { connections }: Pick<OpenApiUpstream, 'connections'>,
    address: string,
    voucher: Voucher,
  ) {
    this.url = new URL(address);
    this.basePath = this.url.pathname.replace(/\/$/, '');
    this.baseQuery = this.url.search.slice(1);
    if (voucher === 'nobody') return;
    this.origin = egress.configured(address, {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      // Each call has a time of its own.
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
      ...(connections !== undefined && { connections }),
    });
  }

  /** @param request its path below the base address. @throws AddressRefused, and what egress throws */
  request(request: EgressRequest, query: readonly string[] = []): Promise<EgressAnswer> {
    const pieces = this.baseQuery === '' ? query : [this.baseQuery, ...query];
    const path = (this.basePath + request.path || '/') + (pieces.length === 0 ? '' : `?${pieces.join('&')}`);
    if (this.origin) return this.origin.request({ ...request, path });
    return this.egress.anywhere(this.url.origin + path, request, { maxRedirects: 0 });
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
    await this.origin?.close();
  }
}
