import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { verify } from '../support/verify.js';

const TOKEN = 'secret-token-of-the-operator';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot();
});
afterAll(() => gateway[Symbol.asyncDispose]());

it('finds a gateway of this machine alive, ready, healthy and measured', async () => {
  const { said } = await verify(gateway.url);
  expect(said).toMatch(
    /✓ \/livez answers 200\n✓ \/readyz answers 200\n✓ \/health says .*healthy.*\n✓ \/metrics: \d+ metrics/,
  );
  expect(said).not.toMatch(/✗ \/(livez|readyz|health|metrics)/);
  expect(said).toMatch(/AUTH_MODE=none|✓ \/mcp without a token answers 401/);
});

it('never prints the token', async () => {
  const { said } = await verify(gateway.url, TOKEN);
  expect(said).toMatch(/with the token/);
  expect(said).not.toContain(TOKEN);
});

it('fails at a server that lets everybody in and says nothing', async () => {
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { code, said } = await verify(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.close();
  expect(code).toBe(1);
  for (const missing of ['/health', '/metrics', 'X-Request-ID', 'X-RateLimit-Limit', 'X-Content-Type-Options']) {
    expect(said).toMatch(new RegExp(`✗ .*${missing}`));
  }
});

it('fails at once where nobody listens', async () => {
  const { code, said } = await verify('http://127.0.0.1:1');
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/✗ \/livez answers no answer: .*\n\n.*nothing else was checked/),
  ]);
});

it.each([[[]], [['gateway.example.com']], [['--what', 'http://a']], [['http://a', 'b', 'c']]])(
  'tells how it is called: %j',
  async (words) => {
    const { code, said } = await verify(...words);
    expect([code, said]).toEqual([2, expect.stringContaining('URL [TOKEN]')]);
  },
);
