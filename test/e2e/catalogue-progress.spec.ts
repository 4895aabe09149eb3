import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Gateway } from '../support/boot-gateway.js';
import { Platform } from '../support/platform/platform.js';

const stack = new AsyncDisposableStack();
let platform: Platform;
let client: Client;
beforeAll(async () => {
  // Longer than lies between two reports at least.
  platform = stack.use(await Platform.start({ stepMs: 150 }));
  const gateway = stack.use(await Gateway.boot(platform.settings()));
  client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`)));
  stack.defer(() => client.close());
});
afterAll(() => stack.disposeAsync());

const CALL = { name: 'agent_execute', arguments: { task: 'journal replay crash', max_steps: 3 } };

it('a client that asks for progress hears what the backend says of it', async () => {
  const heard: { progress: number; message?: string }[] = [];
  const { structuredContent } = await client.callTool(CALL, { onprogress: (progress) => void heard.push(progress) });
  expect(structuredContent).toMatchObject({ finished: true, result: 'Looked up 3 of 3 words.' });
  expect(heard).toContainEqual(expect.objectContaining({ message: 'search crash' }));
  // How many more depends on the machine: what comes too soon after another report is left out.
  const numbers = heard.map(({ progress }) => progress);
  expect(numbers).toEqual([...new Set(numbers)].sort((x, y) => x - y));
});

it('a client that does not ask gets the same result', async () => {
  expect((await client.callTool(CALL)).structuredContent).toMatchObject({ finished: true });
});
