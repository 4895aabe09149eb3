import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AnswerFlow,
  type AnswerReader,
  EgressClient,
  type EgressOrigin,
  type EgressRequest,
} from '#egress/egress-client.js';
import { eventually } from '../support/embedded-stage.js';
import { OriginServer } from '../support/origin-server.js';

const GET: EgressRequest = { method: 'GET', path: '/', maxBytes: 100_000_000 };

/** Keeps what it reads. */
class Pieces implements AnswerReader {
  status = 0;
  text = '';
  flow!: AnswerFlow;

  constructor(private readonly reads = true) {}

  begins(status: number, _headers: object, flow: AnswerFlow): boolean {
    this.status = status;
    this.flow = flow;
    return this.reads;
  }

  read(chunk: Buffer): void {
    this.text += chunk.toString();
  }
}

let server: OriginServer;
let egress: EgressClient;
let origin: EgressOrigin;

beforeEach(async () => {
  server = await OriginServer.start();
  egress = new EgressClient();
  origin = egress.configured(server.url);
});
afterEach(async () => {
  await egress.close();
  await server[Symbol.asyncDispose]();
});

const closed = () => eventually(() => expect(server.sockets.at(-1)!.destroyed).toBe(true));

describe('an answer that is read while it comes', () => {
  it('is told piece by piece, before its end', async () => {
    let response!: ServerResponse;
    server.answer = (given) => (response = given).writeHead(206).write('one ');
    const pieces = new Pieces();
    const asked = origin.request(GET, pieces);
    await eventually(() => expect([pieces.status, pieces.text]).toEqual([206, 'one ']));
    response.end('two');
    expect(await asked).toMatchObject({ status: 206, body: Buffer.alloc(0) });
    expect(pieces.text).toBe('one two');
  });

  it('is collected where the reader does not want it', async () => {
    const pieces = new Pieces(false);
    expect((await origin.request(GET, pieces)).body.toString()).toBe('hello');
    expect([pieces.status, pieces.text]).toEqual([200, '']);
  });

  it('waits for a reader that has paused', async () => {
    const PIECE = 'x'.repeat(65_536);
    let sent = 0;
    server.answer = (response) => {
      const send = () => {
        if (sent++ === 1_000) response.end();
        else if (response.write(PIECE)) setImmediate(send);
        else response.once('drain', send);
      };
      send();
    };
    let size = 0;
    const pieces = new Pieces();
    pieces.read = (chunk) => {
      if (size === 0) pieces.flow.pause();
      size += chunk.length;
    };
    const asked = origin.request(GET, pieces);
    await eventually(() => expect(size).toBeGreaterThan(0));
    await delay(300);
    // What the kernel and the sockets hold, and no more.
    expect([size <= 131_072, sent < 500]).toEqual([true, true]);
    pieces.flow.resume();
    await asked;
    expect(size).toBe(1_000 * PIECE.length);
  });

  it('ends when the reader has read enough, and its connection with it', async () => {
    server.answer = (response) => response.write('enough');
    const pieces = new Pieces();
    pieces.read = () => pieces.flow.end();
    expect((await origin.request(GET, pieces)).status).toBe(200);
    await closed();
  });

  it.each([
    ['its beginning', 'begins'],
    ['a piece', 'read'],
  ] as const)('fails with what the reader throws at %s', async (_case, method) => {
    server.answer = (response) => response.write('garbage');
    const pieces = new Pieces();
    pieces[method] = () => {
      throw new Error('cannot be read');
    };
    await expect(origin.request(GET, pieces)).rejects.toThrow('cannot be read');
    await closed();
  });

  it('is as long as it may be, and no longer', async () => {
    server.answer = (response) => {
      response.write('0123456789');
      response.write('0');
    };
    await expect(origin.request({ ...GET, maxBytes: 10 }, new Pieces())).rejects.toMatchObject({
      name: 'AnswerTooLarge',
      maxBytes: 10,
    });
    await closed();
  });

  it('ends with its signal', async () => {
    server.answer = (response) => response.write('some');
    const leaving = new AbortController();
    const pieces = new Pieces();
    const asked = origin.request({ ...GET, signal: leaving.signal }, pieces);
    await eventually(() => expect(pieces.text).toBe('some'));
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    await closed();
  });

  it('fails when it breaks off', async () => {
    server.answer = (response) => response.write('some', () => response.destroy());
    await expect(origin.request(GET, new Pieces())).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });
});
