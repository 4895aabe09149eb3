import autocannon from 'autocannon';
import { Pool } from 'undici';
import { ARGUMENTS, PROOF, TOOL } from './answers.js';
import type { Served } from './served.js';

const MODERN = '2026-07-28';
const LEGACY = '2025-11-25';
const ACCEPTED = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const CONNECTIONS = 50;

/** A request as it goes over the wire, again and again. */
export interface Shot {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
};

/** A request of 2026-07-28, which needs nothing before it. */
export function modern(method: string, params: object, token?: string): Shot {
  const { name } = params as { name?: string };
  return {
    headers: {
      ...ACCEPTED,
      'mcp-protocol-version': MODERN,
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': name }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } }),
  };
}

export const modernCall = (token?: string, name = TOOL): Shot =>
  modern('tools/call', { name, arguments: ARGUMENTS }, token);

export const INITIALIZE: Shot = {
  headers: ACCEPTED,
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } },
  }),
};

/** The call of a session that this opens. Its id is always the same: only one may be under way. */
export async function legacyCall({ url }: Served): Promise<Shot> {
  const opened = await fetch(`${url}/mcp`, { method: 'POST', ...INITIALIZE });
  await opened.text();
  const session = opened.headers.get('mcp-session-id') ?? '';
  const headers = { ...ACCEPTED, 'mcp-session-id': session, 'mcp-protocol-version': LEGACY };
  const ready = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await (await fetch(`${url}/mcp`, { method: 'POST', headers, body: ready })).text();
  const params = { name: TOOL, arguments: ARGUMENTS };
  return { headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }) };
}

/** Calls as fast as they are answered. @returns CPU microseconds per call, and calls per second */
export async function closedLoop(
  served: Served,
  { headers, body }: Shot,
  seconds: number,
  connections = CONNECTIONS,
): Promise<{ cpu: number; rate: number }> {
  const before = served.cpu;
  const started = performance.now();
  const result = await autocannon({
    url: `${served.url}/mcp`,
    method: 'POST',
    connections,
    duration: seconds,
    headers: { ...headers },
    body,
    verifyBody: (answer) => answer?.includes(PROOF) ?? false,
  });
  const took = (performance.now() - started) / 1_000;
  const wrong = result.non2xx + result.errors + result.mismatches;
  if (wrong > 0) throw new Error(`${wrong} of ${result.requests.total} calls of ${served.url} failed`);
  return { cpu: ((served.cpu - before) / result.requests.total) * 1e6, rate: result.requests.total / took };
}

/** Calls at a rate, whether the ones before are answered or not. @returns milliseconds of each, from when it was due */
export async function openLoop(
  { url }: Served,
  { headers, body }: Shot,
  rate: number,
  seconds: number,
): Promise<number[]> {
  const pool = new Pool(url, { connections: 128, pipelining: 1 });
  const times: number[] = [];
  const under: Promise<void>[] = [];
  const call = async (due: number) => {
    const answer = await pool.request({ method: 'POST', path: '/mcp', headers, body });
    const text = await answer.body.text();
    if (!text.includes(PROOF)) throw new Error(`a call failed: ${text.slice(0, 200)}`);
    times.push(performance.now() - due);
  };
  const started = performance.now();
  for (let sent = 0; sent < rate * seconds;) {
    const due = started + (sent / rate) * 1_000;
    if (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
    else sent = under.push(call(due));
  }
  await Promise.all(under);
  await pool.close();
  return times;
}

/** Sends this many of one request, some at a time. */
export async function many({ url }: Served, { headers, body }: Shot, count: number): Promise<void> {
  const pool = new Pool(url, { connections: 32, pipelining: 1 });
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const answer = await pool.request({ method: 'POST', path: '/mcp', headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`a request was answered with ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, lane));
  await pool.close();
}

/** Milliseconds that it takes to read a list to its end, page by page. */
export async function listing({ url }: Served, count: number): Promise<number[]> {
  const pool = new Pool(url, { connections: 1 });
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    let cursor: string | undefined;
    let seen = 0;
    do {
      const { headers, body } = modern('tools/list', cursor === undefined ? {} : { cursor });
      const answer = await pool.request({ method: 'POST', path: '/mcp', headers, body });
      const { result } = (await answer.body.json()) as { result: { tools: unknown[]; nextCursor?: string } };
      cursor = result.nextCursor;
      seen += result.tools.length;
    } while (cursor !== undefined);
    if (seen < 1_000) throw new Error(`of 1 000 tools ${seen} were listed`);
    times.push(performance.now() - started);
  }
  await pool.close();
  return times;
}
