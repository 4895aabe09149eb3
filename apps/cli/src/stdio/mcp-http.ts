import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** How the gateway is reached. */
export interface GatewayAddress {
  readonly url: URL;
  readonly token?: string;
}

/** One HTTP exchange, its answer's body yet to be read: no limit of time, since calls and streams may be long. */
export async function exchange(
  { url, token }: GatewayAddress,
  method: 'GET' | 'POST' | 'DELETE',
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  body?: string,
): Promise<IncomingMessage> {
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method,
    headers: {
      accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    signal,
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // What fails later fails whoever reads the body; without a listener here it would fail the process.
  request.on('error', () => undefined);
  return response;
}

/** Media type of an answer, without its parameters. */
export const mediaType = (response: IncomingMessage): string =>
  (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();

const LARGEST_BODY = 64 * 1024 * 1024;

/** A whole answer. */
export async function textOfBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error('the answer is larger than 64 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
