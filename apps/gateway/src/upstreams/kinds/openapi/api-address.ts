import type { OpenApiUpstream } from '#config/upstreams-file.js';
import type { Voucher } from '../../upstream-origin.js';
import { DocumentFault } from './document-faults.js';

/** Where an API is, and who says so. */
export interface ApiAddress {
  readonly url: string;
  readonly voucher: Voucher;
}

export const isAddress = (document: string): boolean => /^https?:\/\//i.test(document);

/**
 * The base address: what the operator wrote, else the document's first server. A document is somebody else's text. It
 * may name where it came from itself, or a public address, and never points the gateway inside.
 * @param own `url` of the upstream
 * @throws DocumentFault where neither says it
 */
export function apiAddress(
  { document, origin }: Pick<OpenApiUpstream, 'document' | 'origin'>,
  own: string | undefined,
  server: string | undefined,
): ApiAddress {
  if (own !== undefined) return { url: own, voucher: origin };
  const from = isAddress(document) ? new URL(document) : undefined;
  const url = server !== undefined && URL.canParse(server, from) ? new URL(server, from) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new DocumentFault('it does not say where the API is: give the upstream a url');
  }
  // Names and passwords of an address would be credentials that the document chose.
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return { url: url.href, voucher: from?.origin === url.origin ? origin : 'nobody' };
}
