import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerTo, DEFINITION } from '../mcp/answers.js';

// Other people's MCP servers, as many as there are paths: /modern speaks 2026-07-28, /legacy 2025-11-25 in sessions,
// /many/<n> lists fifty tools of its own, /dead accepts and never answers. Prints its address.
const TOOLS = 50;
const JSON_TYPE = { 'content-type': 'application/json' };

type Message = Parameters<typeof answerTo>[0];

const NOT_SPOKEN = { code: -32_601, message: 'there is no such method' };

function answer(path: string, message: Message): object | undefined {
  const { id, method } = message;
  if (path === '/legacy' && method === 'server/discover') return { jsonrpc: '2.0', id, error: NOT_SPOKEN };
  const own = answerTo(message);
  const place = /^\/many\/(\d+)$/.exec(path)?.[1];
  if (place === undefined || method !== 'tools/list') return own;
  const tools = Array.from({ length: TOOLS }, (_, n) => ({ ...DEFINITION, name: `${DEFINITION.name}_${place}_${n}` }));
  return { jsonrpc: '2.0', id, result: { resultType: 'complete', tools, ttlMs: 0, cacheScope: 'public' } };
}

function serve({ method, url = '' }: IncomingMessage, body: string, response: ServerResponse): void {
  if (url === '/dead') return;
  if (method !== 'POST') return void response.writeHead(method === 'DELETE' ? 200 : 405).end();
  const message = JSON.parse(body) as Message;
  const said = answer(url, message);
  if (!said) return void response.writeHead(202).end();
  const isOpening = url === '/legacy' && message.method === 'initialize';
  const status = url === '/legacy' && message.method === 'server/discover' ? 400 : 200;
  const text = JSON.stringify(said);
  response.writeHead(status, {
    ...JSON_TYPE,
    'content-length': Buffer.byteLength(text),
    ...(isOpening && { 'mcp-session-id': randomUUID() }),
  });
  response.end(text);
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => serve(request, Buffer.concat(parts).toString(), response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
