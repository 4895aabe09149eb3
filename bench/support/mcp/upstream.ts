import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerTo, FOUND } from './answers.js';

// The HTTP backend behind the gateway, and at /mcp an equal MCP server without a gateway. Prints its address.
const found = Buffer.from(JSON.stringify(FOUND));
const json = { 'content-type': 'application/json' };

function answer(request: IncomingMessage, body: string, response: ServerResponse): void {
  if (request.url !== '/mcp') {
    response.writeHead(200, { ...json, 'content-length': found.length }).end(found);
    return;
  }
  const message = JSON.stringify(answerTo(JSON.parse(body) as Parameters<typeof answerTo>[0]));
  response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(message) }).end(message);
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => answer(request, Buffer.concat(parts).toString(), response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
