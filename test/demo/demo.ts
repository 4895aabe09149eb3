// `npm run demo`: the platform's backends and the gateway on this machine, and a client that calls all nine tools.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { GatewayProcess } from '../support/gateway-process.js';
import { Platform } from '../support/platform/platform.js';
import { DEMO_CALLS } from './demo-calls.js';
import { callText, headText } from './demo-text.js';

/** An agent's steps take time, so that there is progress to be seen. */
const STEP_MS = 700;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function connect(url: string): Promise<Client> {
  const client = new Client({ name: 'achilles-demo', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  return client;
}

async function callAll(client: Client): Promise<number> {
  let failed = 0;
  for (const { name, args, expectsRefusal = false } of DEMO_CALLS) {
    const began = performance.now();
    const onprogress = ({ message }: { message?: string }) => say(`   … ${message ?? ''}`);
    const { content, isError = false } = await client.callTool({ name, arguments: args }, { onprogress });
    const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    say(callText({ name, args, answer: texts.join('\n'), isError, ms: performance.now() - began }));
    if (isError !== expectsRefusal) failed++;
  }
  return failed;
}

/** @returns the exit code */
async function demo(stack: AsyncDisposableStack): Promise<number> {
  const platform = stack.use(await Platform.start({ stepMs: STEP_MS }));
  const gateway = stack.use(await GatewayProcess.start(platform.settings()));
  const client = await connect(gateway.url);
  stack.defer(() => client.close());
  const { tools } = await client.listTools();
  const version = client.getNegotiatedProtocolVersion();
  say(headText({ url: gateway.url, version, tools: tools.map(({ name }) => name) }));
  const failed = await callAll(client);
  say(failed === 0 ? 'All as it should be.' : `${failed} calls did not go as they should.`);
  return failed === 0 ? 0 : 1;
}

const stack = new AsyncDisposableStack();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => void stack.disposeAsync().finally(() => process.exit(code)));
}
try {
  process.exitCode = await demo(stack);
} finally {
  await stack.disposeAsync();
}
