import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditForwarder, type ForwarderOptions, type Outcome } from '#audit/audit-forwarder.js';
import type { AuditLog } from '#audit/audit-log.js';
import type { AuditRecord } from '#audit/audit-record.js';
import { finishedNumbers } from '#audit/log-files.js';
import { EgressClient } from '#egress/egress-client.js';
import { AuditReceiver } from '#gateway/audit/audit-receiver.js';
import { anAuditEvent, AuditFolder } from '../support/audit-log.js';
import { eventually } from '../support/embedded-stage.js';

const TOKEN = 'a-token-of-the-tests-123';

/** What becomes of a batch: stored and answered, stored and not answered, or not even stored. */
type Mood = 'store' | 'store-then-reset' | 'store-then-500' | 'store-then-hang' | 'reset' | number;

/** An audit service that keeps its word about idempotency keys, and has bad days. */
class AuditServiceDouble implements AsyncDisposable {
  readonly stored: AuditRecord[] = [];
  readonly asked: IncomingMessage[] = [];
  readonly keys: string[] = [];
  private readonly known = new Map<string, string>();
  mood: () => Mood = () => 'store';

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<AuditServiceDouble> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const double = new AuditServiceDouble(server, `http://127.0.0.1:${port}/v1/records?source=test`);
    server.on('request', (request, response) => void double.handle(request, response));
    return double;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.asked.push(request);
    const mood = this.mood();
    if (mood === 'reset') return void request.socket.resetAndDestroy();
    if (typeof mood === 'number') return void response.writeHead(mood, { location: this.url }).end();
    this.store(request.headers['idempotency-key'] as string, Buffer.concat(chunks).toString());
    if (mood === 'store-then-hang') return;
    if (mood === 'store-then-reset') return void request.socket.resetAndDestroy();
    response.writeHead(mood === 'store' ? 204 : 500).end();
  }

  private store(key: string, body: string): void {
    const before = this.known.get(key);
    if (before !== undefined) return expect(body).toBe(before);
    this.known.set(key, body);
    this.keys.push(key);
    this.stored.push(
      ...body
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as AuditRecord),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let folder: AuditFolder;
let service: AuditServiceDouble;
let log: AuditLog;
let egress: EgressClient;
let receiver: AuditReceiver;
let forwarder: AuditForwarder;
let outcomes: Outcome[];
let faults: (string | undefined)[];

beforeEach(async () => {
  folder = await AuditFolder.create();
  service = await AuditServiceDouble.start();
  egress = new EgressClient();
  receiver = new AuditReceiver(egress, service.url, TOKEN);
  outcomes = [];
  faults = [];
});
afterEach(async () => {
  await stop();
  await egress.close();
  await service[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function start(options: Partial<ForwarderOptions> = {}, maxFiles = 1_000): Promise<void> {
  log = await folder.open({ maxFileBytes: 20_000, maxFiles, keepFrom: () => forwarder?.keepFrom });
  forwarder = new AuditForwarder({
    log,
    file: folder.file,
    send: within(10_000),
    backoff: () => 5,
    pollMs: 5,
    onOutcome: (outcome) => outcomes.push(outcome),
    onFault: (what) => faults.push(what),
    ...options,
  });
  forwarder.start();
}

/** Sends to the service, which has that long to answer. */
const within =
  (ms: number): ForwarderOptions['send'] =>
  (batch, signal) =>
    receiver.send(batch, AbortSignal.any([signal, AbortSignal.timeout(ms)]));

async function stop(): Promise<void> {
  await forwarder.stop();
  await log.close();
}

let sent = 0;
async function write(records: number): Promise<void> {
  for (let i = 0; i < records; i++) log.append(anAuditEvent({ requestId: `sent-${sent++}` }));
  await log.flush();
}

const allArrived = async () => {
  await eventually(() => expect(forwarder.depth).toBe(0), 20_000);
  const written = (await folder.records()).map((record) => record.seq);
  expect(service.stored.map((record) => record.seq)).toEqual(written);
};

it('hands on every record once, in order, as it stands in the log', async () => {
  await start();
  await write(500);
  await allArrived();
  expect(service.stored).toEqual(await folder.records());
  const { method, url, headers } = service.asked[0]!;
  expect([method, url]).toEqual(['POST', '/v1/records?source=test']);
  expect(headers).toMatchObject({ 'content-type': 'application/x-ndjson', authorization: `Bearer ${TOKEN}` });
  expect(headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}:1-\d+$/);
});

it('loses nothing, repeats nothing and keeps the order over a long outage of every kind', async () => {
  const moods: Mood[] = ['reset', 500, 503, 'store-then-reset', 'store-then-500', 'store-then-hang', 429, 'reset'];
  let turn = 0;
  service.mood = () => moods[turn++ % moods.length]!;
  await start({ send: within(300) });
  for (let minute = 0; minute < 10; minute++) {
    await write(200);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  expect(forwarder.depth).toBeGreaterThan(0);
  service.mood = () => 'store';
  await allArrived();
  expect(service.stored).toHaveLength(2_000);
  expect(outcomes.filter((outcome) => outcome === 'failed').length).toBeGreaterThan(10);
  // When it begins and when it is over. A machine that stands still for 300 ms makes an outage of its own, told likewise.
  expect(faults).toEqual(faults.map((_, at) => (at % 2 === 0 ? expect.any(String) : undefined)));
  expect([2, 4, 6]).toContain(faults.length);
});

it('sends the same batches again after a restart in the middle of an outage', async () => {
  service.mood = () => 'store-then-reset';
  for (let round = 0; round < 5; round++) {
    await start();
    await write(150);
    await eventually(() => expect(outcomes.length).toBeGreaterThan(round));
    await stop();
  }
  service.mood = () => 'store';
  await start();
  await allArrived();
  expect(service.stored).toHaveLength(750);
});

it.each([[''], ['{"chain":'], ['null']])('a cursor that says %j begins again', async (text) => {
  await start();
  await write(10);
  await allArrived();
  await stop();
  await writeFile(`${folder.file}.cursor`, text);
  service.stored.length = 0;
  await start();
  await eventually(() => expect(forwarder.depth).toBe(0));
});

describe('a receiver that refuses', () => {
  it.each([400, 401, 403, 404, 422, 301, 307])('%s: asks again, skips nothing, tells of it once', async (status) => {
    service.mood = () => status;
    const waits: string[] = [];
    await start({ backoff: (attempt, outcome) => (waits.push(`${outcome} ${attempt}`), 5) });
    await write(20);
    await eventually(() => expect(waits.length).toBeGreaterThan(3));
    expect(waits.slice(0, 2)).toEqual(['rejected 1', 'rejected 2']);
    expect(new Set(service.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    service.mood = () => 'store';
    await allArrived();
    expect(faults).toEqual([`it answered ${status}`, undefined]);
  });

  it('413: sends less at a time', async () => {
    await start();
    service.mood = () => (Number(service.asked.at(-1)!.headers['content-length']) > 3_000 ? 413 : 'store');
    await write(200);
    await allArrived();
    expect(Math.max(...service.asked.slice(-20).map(({ headers }) => Number(headers['content-length'])))).toBeLessThan(
      21_000,
    );
  });
});

it('keeps files that the receiver has not seen, and removes them once it has', async () => {
  service.mood = () => 503;
  await start({}, 5);
  await write(500);
  expect(finishedNumbers(folder.file).length).toBeGreaterThan(4);
  service.mood = () => 'store';
  await eventually(() => expect(forwarder.depth).toBe(0), 20_000);
  expect(service.stored).toHaveLength(500);
  await write(60);
  expect(finishedNumbers(folder.file)).toHaveLength(4);
});
