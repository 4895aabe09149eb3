// An MCP server over standard input and output that misbehaves on demand: each tool is one way to. `--modern` speaks
// 2026-07-28, `--silent` answers nothing it does not know, `--stubborn` ends for nobody, `--crash` does not even begin.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const flags = new Set(process.argv.slice(2));
const pidFile = process.argv.find((flag) => flag.startsWith('--pids='))?.slice('--pids='.length);
if (pidFile) appendFileSync(pidFile, `${process.pid}\n`);
process.stderr.write(`odd-server begins with ${process.env.SECRET ?? 'no secret'}\n`);
if (flags.has('--crash')) {
  process.stderr.write('it cannot go on\n');
  process.exit(7);
}
if (flags.has('--stubborn')) {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  setInterval(() => undefined, 1_000);
}

const MODERN = flags.has('--modern');
const heard = [];
const answers = new Map();
let asked = 0;

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = `ask-${++asked}`;
    answers.set(id, resolve);
    say({ id, method, params });
  });

const TOOLS = {
  echo: ({ arguments: args, _meta }) => ({
    ...text(args),
    oddity: { kept: [1, null] },
    _meta: { 'x.y/z': _meta ?? null },
  }),
  heard: () => text(heard),
  pid: () => text(process.pid),
  environment: () => text(Object.keys(process.env).sort()),
  hang: () => new Promise(() => undefined),
  sleep: ({ arguments: { ms } }) => new Promise((resolve) => setTimeout(() => resolve(text(ms)), ms)),
  die: () => process.exit(3),
  group: () => text(spawn('sleep', ['1000'], { stdio: 'ignore' }).pid),
  wrong: () => 'a text',
  secret: () => text({ secret: process.env.SECRET, stays: true }),
  refuse: () => {
    throw {
      code: -32_050,
      message: `no way with ${process.env.SECRET} \u0007\u202e`,
      data: { why: [process.env.SECRET] },
    };
  },
  deep: (_, id) =>
    void process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":${'['.repeat(1e5)}${']'.repeat(1e5)}}\n`),
  garbage: () => {
    for (const line of [
      'hello!',
      '',
      '{',
      'null',
      '42',
      '"x"',
      '[]',
      '[1,{}]',
      '{"jsonrpc":"2.0"}',
      '{"id":1e99}',
      '\0\xff',
    ]) {
      process.stdout.write(`${line}\n`);
    }
    say({ id: 999_999, result: {} });
    say({ id: 'x', error: {} });
    say({ id: null, result: {} });
    say({ method: 'notifications/progress', params: { progressToken: 'none', progress: 1 } });
    say({ method: 'notifications/progress' });
    say({ method: 'notifications/message', params: { level: 'shouting', data: 1 } });
    return text('after garbage');
  },
  long: async () => {
    const piece = 'x'.repeat(1_000_000);
    for (let i = 0; i < 100; i++) {
      if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
    return text('after a long line');
  },
  flood: async ({ _meta }) => {
    const progressToken = _meta?.progressToken ?? 'none';
    for (let i = 1; i <= 1_000_000; i++) {
      const message = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: i } };
      if (!process.stdout.write(`${JSON.stringify(message)}\n`)) {
        await new Promise((resolve) => process.stdout.once('drain', resolve));
      }
    }
    return text('after the flood');
  },
  shout: async () => {
    const line = `${'y'.repeat(10_000)}${process.env.SECRET}\n`;
    for (let i = 0; i < 1_000; i++) {
      if (!process.stderr.write(line)) await new Promise((resolve) => process.stderr.once('drain', resolve));
    }
    process.stderr.write(`the secret is ${process.env.SECRET}\npassword=hunter2hunter2\n`);
    return text('after shouting');
  },
  log: async () => {
    say({ method: 'notifications/message', params: { level: 'info', data: 'working', logger: 'odd' } });
    say({ method: 'notifications/message', params: { level: 'debug', data: { n: 1 } } });
    return text('logged');
  },
  ask: async ({ arguments: { wait = 0 } }) => {
    await new Promise((resolve) => setTimeout(resolve, wait));
    return text(
      await ask('elicitation/create', { message: 'Who?', requestedSchema: { type: 'object', properties: {} } }),
    );
  },
  roots: async () => text(await ask('roots/list')),
  ping: async () => text(await ask('ping')),
  unknown: async () => text(await ask('no/such')),
  change: () => {
    for (let i = 0; i < 1_000; i++) say({ method: 'notifications/tools/list_changed' });
    say({ method: 'notifications/resources/updated', params: { uri: 'odd://a' } });
    return text('changed');
  },
};

const METHODS = {
  'server/discover': () => {
    if (flags.has('--silent')) return undefined;
    if (!MODERN) throw { code: -32_601, message: 'Method not found' };
    return {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: CAPABILITIES,
      ttlMs: 0,
      cacheScope: 'public',
    };
  },
  initialize: ({ protocolVersion }) => {
    if (MODERN) throw { code: -32_601, message: 'Method not found' };
    return {
      protocolVersion,
      capabilities: CAPABILITIES,
      serverInfo: { name: 'odd', version: '1' },
      instructions: 'Beware.',
    };
  },
  ping: () => ({}),
  'tools/list': () => ({ tools: Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: 'object' } })) }),
  'tools/call': (params, id) => TOOLS[params.name](params, id),
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'subscriptions/listen': () => undefined,
};
const CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true } };

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, method, params = {}, result, error } = JSON.parse(line);
    if (method === undefined) return answers.get(id)?.({ result, error });
    const uris = params.notifications?.resourceSubscriptions ?? (params.uri && [params.uri]);
    heard.push(uris ? `${method} ${uris}` : method);
    if (id === undefined) return undefined;
    if (!Object.hasOwn(METHODS, method))
      return flags.has('--silent') ? undefined : say({ id, error: { code: -32_601, message: 'Method not found' } });
    return Promise.resolve()
      .then(() => METHODS[method](params, id))
      .then((value) => value !== undefined && say({ id, result: value }))
      .catch((error) => say({ id, error: error.code ? error : { code: -32_603, message: String(error) } }));
  })
  .on('close', () => {
    if (!flags.has('--stubborn')) process.exit(0);
  });
