import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedStage, eventually, isRunning, kill, postmasterOf, query } from '../support/embedded-stage.js';

const INSERT = 'INSERT INTO event DEFAULT VALUES';
const COUNT = 'SELECT count(*)::int FROM event';

let stage: EmbeddedStage;
let dataDir: string;
beforeEach(async () => {
  stage = new EmbeddedStage();
  dataDir = await stage.folder();
});
afterEach(() => stage.clear());

describe('a server that dies', () => {
  it('comes back by itself, with every row, five times in a row', async () => {
    const connection = await stage.server(dataDir).start();
    await query(connection, 'CREATE TABLE event (id int GENERATED ALWAYS AS IDENTITY)');
    for (let round = 1; round <= 5; round += 1) {
      await query(connection, INSERT);
      const pid = await postmasterOf(dataDir);
      process.kill(pid, 'SIGKILL');
      await eventually(async () => expect(await postmasterOf(dataDir)).not.toBe(pid));

      expect(await eventually(() => query(connection, COUNT))).toEqual([{ count: round }]);
    }
  });

  it('comes back while its clients are busy', async () => {
    const connection = await stage.server(dataDir).start();
    const busy = [1, 2, 3, 4].map(() => expect(query(connection, 'SELECT pg_sleep(30)')).rejects.toThrow());
    await delay(100);
    process.kill(await postmasterOf(dataDir), 'SIGKILL');

    await Promise.all(busy);
    expect(await eventually(() => query(connection, 'SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });

  it('is tried again, and again, while it cannot start', async () => {
    const connection = await stage.server(dataDir).start();
    await breakData();
    await eventually(() => expect(attempts()).toBeGreaterThan(2));
    await rename(join(dataDir, 'away'), join(dataDir, 'postgres/data'));

    expect(await eventually(() => query(connection, 'SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });

  it('is left in peace by stop(), which does not wait for the next try', async () => {
    const server = stage.server(dataDir);
    await server.start();
    await breakData();
    await eventually(() => expect(attempts()).toBeGreaterThan(3));
    const since = performance.now();
    await server.stop();

    expect(performance.now() - since).toBeLessThan(5_000);
    const tried = attempts();
    await delay(2_000);
    expect(attempts()).toBe(tried);
  });

  const attempts = () => stage.lines.filter((line) => line.includes('Next try in')).length;

  async function breakData() {
    const pid = await postmasterOf(dataDir);
    await rename(join(dataDir, 'postgres/data'), join(dataDir, 'away'));
    process.kill(pid, 'SIGKILL');
  }
});

describe('a second gateway on one folder', () => {
  const refusal =
    /^Another gateway \(process \d+ on .+\) is using .+; give this one its own DATA_DIR or set DATABASE_URL\.$/m;

  it('is refused in the same process, and the first goes on', async () => {
    const connection = await stage.server(dataDir).start();
    const pid = await postmasterOf(dataDir);
    const refused = { code: 'data_dir_in_use', message: expect.stringMatching(refusal) };
    await expect(stage.server(dataDir).start()).rejects.toMatchObject(refused);

    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await postmasterOf(dataDir)).toBe(pid);
  });

  it('is refused in another process, by its name', async () => {
    const connection = await stage.server(dataDir).start();
    const second = stage.gateway(dataDir);

    expect(await second.connection).toBeUndefined();
    expect(second.said()).toMatch(refusal);
    expect(second.said()).toContain(`process ${process.pid} on`);
    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('one of many that start at once wins', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => stage.server(dataDir).start()));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a gateway that was killed', () => {
  it('leaves its server to the next one, which shuts it down and keeps its rows', async () => {
    const gateway = stage.gateway(dataDir);
    const connection = (await gateway.connection)!;
    await query(connection, 'CREATE TABLE event (id int GENERATED ALWAYS AS IDENTITY)');
    await query(connection, INSERT);
    const orphan = await postmasterOf(dataDir);
    await kill(gateway.child);
    expect(await isRunning(orphan)).toBe(true);

    expect(await query(await stage.server(dataDir).start(), COUNT)).toEqual([{ count: 1 }]);
    // It gives up its lock a moment before it is gone.
    await eventually(async () => expect(await isRunning(orphan)).toBe(false));
    expect(stage.lines).toContainEqual(expect.stringContaining(`(process ${orphan}) outlived its gateway`));
  });

  it('may take its server along', async () => {
    const gateway = stage.gateway(dataDir);
    const connection = (await gateway.connection)!;
    await query(connection, 'CREATE TABLE event (id int GENERATED ALWAYS AS IDENTITY)');
    await query(connection, INSERT);
    const busy = expect(query(connection, 'SELECT pg_sleep(30)')).rejects.toThrow();
    await delay(50);
    process.kill(await postmasterOf(dataDir), 'SIGKILL');
    await kill(gateway.child);
    await busy;

    expect(await query(await stage.server(dataDir).start(), COUNT)).toEqual([{ count: 1 }]);
  });

  it('at any moment of its first start leaves nothing that the next one takes for its data', async () => {
    for (const drafted of ['PG_VERSION', 'postgresql.conf', 'base/4', 'base/5/PG_VERSION']) {
      const gateway = stage.gateway(dataDir);
      await eventually(async () => expect(await files(await draft())).toContain(drafted));
      await kill(gateway.child);
    }
    expect(await readdir(join(dataDir, 'postgres'))).not.toContain('data');

    expect(await query(await stage.server(dataDir).start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(join(dataDir, 'postgres'))).toContain('data');
  });

  const files = (folder: string) => readdir(folder, { recursive: true });

  /** The youngest: one that a killed initdb still writes to may be there too. */
  async function draft() {
    const [name] = (await readdir(join(dataDir, 'postgres'))).filter((entry) => entry.startsWith('initdb-'));
    return join(dataDir, 'postgres', name!);
  }
});

describe('a lock file of a server long dead', () => {
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

  it.each(['postmaster.pid', '.s.PGSQL.5432.lock'])(
    '%s does not make a stranger of that number the server',
    async (name) => {
      const path = join(dataDir, 'postgres', name.startsWith('.') ? 'run' : 'data', name);
      const server = stage.server(dataDir);
      await server.start();
      const lock = await readFile(path, 'utf8');
      await server.stop();
      const stranger = await stage.stranger(user);
      await writeFile(path, lock.replace(/^\d+/, String(stranger.pid)));

      expect(await query(await server.start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(await isRunning(stranger.pid!)).toBe(true);
    },
  );

  it('may be empty', async () => {
    const server = stage.server(dataDir);
    await server.start();
    await server.stop();
    await writeFile(join(dataDir, 'postgres/data/postmaster.pid'), '');

    expect(await query(await server.start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
