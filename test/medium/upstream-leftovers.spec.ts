import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GatewayProcess } from '../support/gateway-process.js';
import { TestDatabase } from '../support/postgres.js';
import { isAlive, oddEntry, until } from '../support/stdio-stage.js';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'achilles-leftovers-'));
  database = await TestDatabase.create();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('when the gateway ends, so do its processes', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('by %s, those too that end for nobody', async (signal) => {
    const pidFile = join(folder, signal);
    const upstreamsFile = join(folder, `${signal}.json`);
    const upstreams = {
      meek: oddEntry([`--pids=${pidFile}`]),
      stubborn: oddEntry(['--stubborn', `--pids=${pidFile}`]),
    };
    await writeFile(pidFile, '');
    await writeFile(upstreamsFile, JSON.stringify({ upstreams }));
    const gateway = await GatewayProcess.start({ DATABASE_URL: database.url, UPSTREAMS_FILE: upstreamsFile });
    const pids = async () => (await readFile(pidFile, 'utf8')).trim().split('\n').map(Number);
    await until(async () => (await pids()).length === 2);
    const started = await pids();
    expect(started.map(isAlive)).toEqual([true, true]);
    await gateway.end(signal);
    await until(() => !started.some(isAlive));
    expect(await pids()).toEqual(started);
  });
});
