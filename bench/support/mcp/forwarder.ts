import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

// The least that stands between a client and an MCP server: bytes in, bytes out. What every gateway costs beyond it is
// what it does. Takes the upstream's origin, prints its own address.
const pool = new Pool(process.argv[2]!, { connections: 64, pipelining: 1 });

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const headers = { 'content-type': 'application/json' };
    pool.request({ method: 'POST', path: '/mcp', headers, body: Buffer.concat(parts) }).then(
      async (answer) => {
        const body = Buffer.from(await answer.body.arrayBuffer());
        response.writeHead(answer.statusCode, { ...headers, 'content-length': body.length }).end(body);
      },
      () => response.writeHead(502).end(),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
