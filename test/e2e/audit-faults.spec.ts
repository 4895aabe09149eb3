import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { readKeyFile } from '#audit/audit-key.js';
import { verify } from '#audit/verify.js';
import { Gateway } from '../support/boot-gateway.js';
import { aSession } from '../support/builders.js';
import { eventually } from '../support/embedded-stage.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'achilles-audit-faults-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const figure = async (gateway: Gateway, name: string) =>
  (await gateway.app.get(Registry).getSingleMetric(name)!.get()).values.map(({ value }) => value);

const whenMountable = process.getuid?.() === 0 ? it : it.skip;

describe('a full disk', () => {
  const disk = () => join(folder, 'disk');
  const file = () => join(disk(), 'audit.jsonl');
  beforeEach(async () => {
    await mkdir(disk());
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk()]);
  });
  afterEach(() => {
    execFileSync('umount', ['-l', disk()]);
  });

  const fill = () => writeFile(join(disk(), 'ballast'), Buffer.alloc(262_144)).catch(() => undefined);
  const create = (gateway: Gateway) => gateway.api.post('/sessions', aSession());

  whenMountable(
    'closed: changes are refused before they are made, reading goes on, and it recovers within 5 s',
    async () => {
      await using gateway = await Gateway.boot({ AUDIT_FILE: file(), AUDIT_FAIL_MODE: 'closed' });
      expect((await create(gateway)).status).toBe(201);
      await fill();
      await eventually(async () => expect((await create(gateway)).status).toBe(503));
      const count = () => gateway.database!.query('select 1 from sessions').then((rows) => rows.length);
      const before = await count();
      const { status, body, headers } = await create(gateway);
      expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'audit_unavailable', '5']);
      expect((await gateway.api.call('POST', '/sessions', 'not even JSON')).status).toBe(503);
      expect(await count()).toBe(before);
      expect((await gateway.api.get('/sessions')).status).toBe(200);
      expect(await figure(gateway, 'achilles_audit_available')).toEqual([0]);
      await rm(join(disk(), 'ballast'));
      await eventually(async () => expect((await create(gateway)).status).toBe(201), 5_000);
      await gateway.app.close();
      const verdict = await verify(file(), readKeyFile(join(gateway.folder, 'audit.key')));
      expect(verdict.fault).toBeUndefined();
    },
  );

  whenMountable('open: calls go on', async () => {
    await using gateway = await Gateway.boot({ AUDIT_FILE: file() });
    await fill();
    for (let i = 0; i < 20; i++) expect((await create(gateway)).status).toBe(201);
    await rm(join(disk(), 'ballast'));
    await eventually(async () => expect(await figure(gateway, 'achilles_audit_available')).toEqual([1]), 5_000);
  });
});

it('hands records on to the audit service, and the last ones when it stops', async () => {
  let received = '';
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (received += chunk.toString()));
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const AUDIT_SERVICE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`;
  await using gateway = await Gateway.boot({ AUDIT_SERVICE_URL, AUDIT_SERVICE_TOKEN: 'forward-me-0123456789' });
  await gateway.api.get('/sessions', { 'x-request-id': 'forwarded-1' });
  await eventually(() => expect(received).toContain('forwarded-1'));
  await eventually(async () => expect(await figure(gateway, 'achilles_audit_spool_records')).toEqual([0]));
  await gateway.api.get('/sessions', { 'x-request-id': 'forwarded-last' });
  await gateway.app.close();
  expect(received).toContain('forwarded-last');
  await new Promise((resolve) => server.close(resolve));
});

it('refuses to start on a log that another gateway writes, in a sentence', async () => {
  await using gateway = await Gateway.boot();
  const second = Gateway.boot({ AUDIT_FILE: join(gateway.folder, 'audit.jsonl') });
  await expect(second).rejects.toThrow(/Another gateway \(.+\) is writing the audit log/);
});
