import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedStage, eventually, isRunning, postmasterOf, query } from '../support/embedded-stage.js';

let stage: EmbeddedStage;
beforeEach(() => {
  stage = new EmbeddedStage();
});
afterEach(() => stage.clear());

const mode = async (path: string) => (await stat(path)).mode & 0o777;

describe('the embedded PostgreSQL', () => {
  it('makes its database at the first start and finds it at the second', async () => {
    const dataDir = await stage.folder();
    const server = stage.server(dataDir);
    await query(await server.start(), 'CREATE TABLE kept AS SELECT 42 AS answer');
    await server.stop();

    expect(await query(await server.start(), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await server.stop();
    expect(await query(await stage.server(dataDir).start(), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('is one of many: each in its own folder', async () => {
    const folders = [await stage.folder(), await stage.folder()];
    const [one, other] = await Promise.all(folders.map((folder) => stage.server(folder).start()));

    await query(one!, 'CREATE TABLE mine ()');
    await expect(query(other!, 'SELECT FROM mine')).rejects.toThrow('does not exist');
  });

  it('is PostgreSQL 18 with a UTF-8 database, durable, in UTC and without network', async () => {
    const connection = await stage.server(await stage.folder()).start();
    const settings = `SELECT name, setting FROM pg_settings WHERE name = ANY ('{fsync,synchronous_commit,TimeZone,
      listen_addresses,server_encoding,data_checksums,io_method}') ORDER BY name COLLATE "C"`;

    expect(await query(connection, 'SHOW server_version')).toEqual([
      { server_version: expect.stringMatching(/^18\./) },
    ]);
    expect(Object.fromEntries((await query(connection, settings)).map((row) => [row.name, row.setting]))).toEqual({
      TimeZone: 'UTC',
      data_checksums: 'on',
      fsync: 'on',
      io_method: 'sync',
      listen_addresses: '',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
    });
  });

  it('lets nobody else into its folders, and never runs as root', async () => {
    const dataDir = await stage.folder();
    await stage.server(dataDir).start();

    for (const folder of ['', 'data', 'run']) expect(await mode(join(dataDir, 'postgres', folder))).toBe(0o700);
    expect((await stat(`/proc/${await postmasterOf(dataDir)}`)).uid).not.toBe(0);
  });

  it('does not hear the Ctrl-C that its gateway hears', async () => {
    const dataDir = await stage.folder();
    await stage.server(dataDir).start();
    const pid = await postmasterOf(dataDir);
    const [, , group] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');

    expect(Number(group)).toBe(pid);
  });

  it('keeps the rows of failed statements out of the log', async () => {
    const connection = await stage.server(await stage.folder()).start();
    await query(connection, 'CREATE TABLE once (word text PRIMARY KEY)');
    const twice = `INSERT INTO once VALUES ('confidential'), ('confidential')`;

    await expect(query(connection, twice)).rejects.toThrow('duplicate key');
    await eventually(() => expect(stage.lines.join('\n')).toContain('duplicate key'));
    expect(stage.lines.join('\n')).not.toContain('confidential');
  });

  it('stop() leaves no process and no lock, with clients connected too', async () => {
    const dataDir = await stage.folder();
    const server = stage.server(dataDir);
    const connection = await server.start();
    const sleeper = expect(query(connection, 'SELECT pg_sleep(60)')).rejects.toThrow('terminating connection');
    await eventually(async () =>
      expect(await query(connection, `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'`)).toHaveLength(1),
    );
    const pid = await postmasterOf(dataDir);
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);

    await Promise.all([server.stop(), server.stop()]);
    await sleeper;
    for (const process of [pid, ...children]) expect(await isRunning(process)).toBe(false);
    expect(await readdir(join(dataDir, 'postgres/run'))).toEqual([]);
    expect(await readdir(dataDir)).toEqual(['gateway.lock', 'postgres']);
    await stage.server(dataDir).start();
  });

  it('start() twice is one start', async () => {
    const server = stage.server(await stage.folder());
    const [first, second] = await Promise.all([server.start(), server.start()]);

    expect(second).toEqual(first);
    expect(await server.start()).toEqual(first);
  });

  it.each([0, 30, 100, 700])('stop() interrupts the first start after %i ms; a later start works', async (pause) => {
    const dataDir = await stage.folder();
    const server = stage.server(dataDir);
    const start = server.start();
    const refused = expect(start).rejects.toMatchObject({ code: 'stopped' });
    if (pause > 0) await delay(pause);
    await server.stop();
    await refused;

    const connection = await server.start();
    expect(await query(connection, 'SELECT current_database(), current_user')).toEqual([
      { current_database: 'achilles', current_user: 'achilles' },
    ]);
    expect((await readdir(join(dataDir, 'postgres'))).toSorted()).toEqual(['data', 'run']);
  });

  it('stop() interrupts a start at any moment, and never returns before the server has gone', async () => {
    const dataDir = await stage.folder();
    const server = stage.server(dataDir);
    await server.start();
    await server.stop();
    for (let pause = 0; pause <= 30; pause += 3) {
      const start = server.start().catch((error: Error) => error.message);
      await delay(pause);
      await server.stop();

      expect(await readdir(join(dataDir, 'postgres/data'))).not.toContain('postmaster.pid');
      expect([expect.any(Object), 'The embedded PostgreSQL was stopped.']).toContainEqual(await start);
    }
  });
});
