import { describe, expect, it } from '@jest/globals';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { stdioCommand } from '../../apps/cli/src/stdio/stdio.command.js';
import { testTerminal } from '../../apps/cli/test/test-terminal.js';
import { linesIn } from '../../apps/cli/src/stdio/lines.js';
import { Gateway } from '../support/boot-gateway.js';
import { McpHttpServer, sdkServer } from '../support/mcp-servers.js';
import { eventually } from '../support/embedded-stage.js';

const BIN = 'dist/apps/cli/src/main.js';
const REVISION = '2026-07-28';

/** The command as a client starts it, spoken to in lines. */
class Stdio implements AsyncDisposable {
  readonly got: Record<string, unknown>[] = [];
  readonly raw: string[] = [];
  err = '';
  private readonly ended: Promise<unknown>;

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    child.stderr.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.ended = once(child, 'exit');
    void this.read();
  }

  static start(args: readonly string[], env: Record<string, string> = {}): Stdio {
    return new Stdio(spawn(process.execPath, [BIN, 'stdio', ...args], { env: { PATH: process.env['PATH'], ...env } }));
  }

  private async read(): Promise<void> {
    for await (const line of linesIn(this.child.stdout)) {
      this.raw.push(line);
      this.got.push(JSON.parse(line) as Record<string, unknown>);
    }
  }

  say(message: unknown): void {
    this.child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  answerTo(id: unknown): Promise<Record<string, unknown>> {
    return eventually(() => {
      const answer = this.got.find((message) => message['id'] === id && !('method' in message));
      expect(answer).toBeDefined();
      return answer!;
    });
  }

  async end(): Promise<unknown> {
    this.child.stdin.end();
    await this.ended;
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      await this.ended;
    }
  }
}

const modern = (id: unknown, method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': REVISION } },
});

describe('achilles stdio, to a server with sessions', () => {
  it("carries the official client's calls, progress, questions and changes, and ends its session", async () => {
    await using server = await McpHttpServer.start(sdkServer());
    const client = new Client({ name: 'test', version: '1' }, { capabilities: { elicitation: {} } });
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada' } }));
    let changes = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
    const args = ['apps/cli/bin/achilles.mjs', 'stdio', '--url', server.url, '--token', 'secret'];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['echo', 'count', 'ask', 'sleep']);

    const odd = { text: 'é\u2028漢 "\n"' };
    const echoed = await client.callTool({ name: 'echo', arguments: odd });
    expect(echoed.content).toEqual([{ type: 'text', text: JSON.stringify(odd) }]);
    await eventually(() => expect(changes).toBeGreaterThan(0));

    const progress: number[] = [];
    await client.callTool({ name: 'count' }, undefined, { onprogress: (each) => progress.push(each.progress) });
    expect(progress).toEqual([1, 2, 3]);
    expect((await client.callTool({ name: 'ask' })).content).toEqual([{ type: 'text', text: 'Ada' }]);

    const many = Array.from({ length: 20 }, (_, n) => client.callTool({ name: 'echo', arguments: { n } }));
    const answers = await Promise.all(many);
    expect(answers.map(({ content }) => content)).toEqual(
      answers.map((_, n) => [{ type: 'text', text: `{"n":${n}}` }]),
    );

    const hangUp = new AbortController();
    const slept = client.callTool({ name: 'sleep' }, undefined, { signal: hangUp.signal });
    await eventually(() => expect(server.received.at(-1)?.body).toContain('"sleep"'));
    hangUp.abort();
    await expect(slept).rejects.toThrow();
    await eventually(() => expect(server.received.at(-1)?.body).toContain('notifications/cancelled'));

    await client.close();
    await eventually(() => expect(server.received.at(-1)?.method).toBe('DELETE'));
    expect(server.received.every(({ headers }) => headers.authorization === 'Bearer secret')).toBe(true);
    const later = server.received
      .slice(1)
      .map(({ headers }) => [typeof headers['mcp-session-id'], headers['mcp-protocol-version']]);
    expect(new Set(later.map(String))).toEqual(new Set(['string,2025-11-25']));
  });
});

describe('achilles stdio, to a server of 2026-07-28', () => {
  const TOOLS = [
    {
      name: 'wetter',
      inputSchema: {
        type: 'object',
        properties: {
          place: { type: 'string', 'x-mcp-header': 'Place' },
          deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'Count' } } },
          plain: { type: 'string' },
        },
      },
    },
  ];

  const server = () =>
    McpHttpServer.start((request, response, body) => {
      const { id, method, params } = JSON.parse(body) as { id: unknown; method: string; params: { name?: string } };
      const json = (result: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result }, null, 2);
      if (method === 'subscriptions/listen' || params.name === 'slow') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(
          ': warm\n\nevent: message\ndata: {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged"}\n\n',
        );
        return;
      }
      if (params.name === 'denied') {
        return response
          .writeHead(403, { 'content-type': 'application/json' })
          .end('{"error":"forbidden","message":"scope"}');
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        json(
          method === 'tools/list' ? { resultType: 'complete', tools: TOOLS } : { resultType: 'complete', content: [] },
        ),
      );
    });

  it('repeats in headers what the body says, and keeps each answer on one line', async () => {
    await using gateway = await server();
    await using stdio = Stdio.start(['--url', gateway.url]);
    stdio.say(modern('a', 'tools/list'));
    expect(await stdio.answerTo('a')).toMatchObject({ result: { tools: [{ name: 'wetter' }] } });
    stdio.say(modern(1, 'tools/call', { name: 'wetter', arguments: { place: 'Köln', deep: { n: 3 }, plain: 'x' } }));
    await stdio.answerTo(1);
    stdio.say(modern('1', 'resources/read', { uri: ' file:///x' }));
    await stdio.answerTo('1');
    expect(gateway.received.map(({ headers }) => headers)).toMatchObject([
      { 'mcp-method': 'tools/list', 'mcp-protocol-version': REVISION },
      { 'mcp-name': 'wetter', 'mcp-param-place': '=?base64?S8O2bG4=?=', 'mcp-param-count': '3' },
      { 'mcp-method': 'resources/read', 'mcp-name': '=?base64?IGZpbGU6Ly8veA==?=' },
    ]);
    expect(gateway.received[1]!.headers).not.toHaveProperty('mcp-param-plain');
    expect(await stdio.end()).toBe(0);
    expect(gateway.received).toHaveLength(3);
  });

  it('hangs up on what the client cancels, and only on that', async () => {
    await using gateway = await server();
    await using stdio = Stdio.start(['--url', gateway.url]);
    stdio.say(modern('listen', 'subscriptions/listen'));
    await eventually(() => expect(stdio.raw.join()).toContain('acknowledged'));
    stdio.say(modern(7, 'tools/call', { name: 'slow' }));
    await eventually(() => expect(gateway.received).toHaveLength(2));
    stdio.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    await eventually(() => expect(gateway.hungUp).toBe(1));
    stdio.say(modern(8, 'tools/call', { name: 'wetter' }));
    await stdio.answerTo(8);
    expect(gateway.received.map(({ body }) => body).join()).not.toContain('cancelled');
    expect(stdio.got.filter(({ id }) => id === 7)).toEqual([]);
    stdio.child.kill('SIGTERM');
    await eventually(() => expect(gateway.hungUp).toBe(2));
  });

  it('answers with a reason where the gateway gives none', async () => {
    await using gateway = await server();
    await using stdio = Stdio.start(['--url', gateway.url]);
    stdio.say(modern(1, 'tools/call', { name: 'denied' }));
    expect(await stdio.answerTo(1)).toMatchObject({
      error: { code: -32_000, message: expect.stringContaining('does not allow this'), data: { status: 403 } },
    });
    stdio.say('no json');
    await gateway[Symbol.asyncDispose]();
    for (const id of [2, 3]) {
      stdio.say(modern(id, 'tools/call', { name: 'wetter' }));
      expect(await stdio.answerTo(id)).toMatchObject({
        error: { message: expect.stringContaining('cannot be reached') },
      });
    }
    expect(stdio.err.match(/cannot be reached/g)).toHaveLength(1);
    expect(await stdio.end()).toBe(0);
  });
});

describe('achilles stdio, alone', () => {
  it('runs a gateway of its own, and ends it with the client', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'achilles-stdio-'));
    const environment = { ...process.env, DATA_DIR: folder, AUDIT_FILE: join(folder, 'audit.jsonl') };
    const terminal = testTerminal();
    const stdin = new PassThrough();
    const ended = new AbortController().signal;
    const usual = new URL('http://127.0.0.1:1');
    const code = stdioCommand({}, { ...terminal, stdin, environment, ended, usual });
    const url = await eventually(() => {
      const [, found] = /of its own at (\S+)/.exec(terminal.err()) ?? [];
      expect(found).toBeDefined();
      return found!;
    }, 60_000);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ service: 'achilles-gateway' });
    stdin.end();
    expect(await code).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    expect(terminal.out()).toBe('');
    await rm(folder, { recursive: true, force: true });
  });

  it('bridges to the one that runs already', async () => {
    await using gateway = await Gateway.boot();
    const terminal = testTerminal();
    const stdin = new PassThrough();
    const ended = new AbortController().signal;
    const code = stdioCommand({}, { ...terminal, stdin, environment: {}, ended, usual: new URL(gateway.url) });
    await eventually(() => expect(terminal.err()).toContain(`bridging to ${gateway.url}`));
    stdin.end();
    expect(await code).toBe(0);
  });
});
