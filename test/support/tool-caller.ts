import type { Gateway } from './boot-gateway.js';

/** What a call of a tool was answered with, over REST. */
export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

type Headings = Readonly<Record<string, string>>;

/** Calls a tool as a REST client does. */
export async function callTool(
  { url }: Pick<Gateway, 'url'>,
  name: string,
  args: unknown = {},
  { headers, signal }: { headers?: Headings; signal?: AbortSignal } = {},
): Promise<Called> {
  const response = await fetch(`${url}/v1/tools/${encodeURIComponent(name)}/call`, {
    method: 'POST',
    body: JSON.stringify({ arguments: args }),
    headers: { 'content-type': 'application/json', ...headers },
    signal: signal ?? null,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
