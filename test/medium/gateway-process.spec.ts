import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SessionOut } from '#core/sessions/sessions.js';
import { openSession } from '../support/builders.js';
import { GatewayProcess } from '../support/gateway-process.js';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'achilles-process-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const postgresPid = async () =>
  Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);

it('keeps its data over a second start, and leaves no process behind', async () => {
  const first = await GatewayProcess.start({ DATA_DIR: dataDir });
  const session = await openSession(first.api);
  const pid = await postgresPid();
  expect(await first.end('SIGTERM')).toBe(0);
  expect(isAlive(pid)).toBe(false);

  const second = await GatewayProcess.start({ DATA_DIR: dataDir });
  expect((await second.api.get<SessionOut>(`/sessions/${session.id}`)).body).toEqual(session);
  expect(await second.end('SIGINT')).toBe(0);
});

it('stops cleanly when the same signal comes twice, as from a terminal and from npm', async () => {
  const gateway = await GatewayProcess.start({ DATA_DIR: dataDir });
  const pid = await postgresPid();
  const [code] = await Promise.all([gateway.end('SIGINT'), gateway.end('SIGINT')]);
  expect(code).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

it('stops its PostgreSQL also when the signal comes while it is still starting', async () => {
  const child = spawn(process.execPath, ['dist/apps/gateway/src/main.js'], {
    env: {
      PATH: process.env['PATH'],
      LOG_LEVEL: 'debug',
      PORT: '0',
      DATA_DIR: dataDir,
      AUDIT_FILE: join(dataDir, 'audit.jsonl'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('ready to accept connections')) break;
  }
  const pid = await postgresPid();
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

it.each<[string, Record<string, string>, RegExp[]]>([
  [
    'every fault of its configuration at once',
    { PORT: 'eighty', ACHILLES_CORE: 'remote', HTTP_MAX_RETRIES: '99' },
    [
      /PORT must be integer, not "eighty"/,
      /ACHILLES_BASE_URL is required/,
      /ACHILLES_API_KEY is required/,
      /HTTP_MAX_RETRIES/,
    ],
  ],
  [
    'a store that is not there',
    { DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x', DATABASE_START_TIMEOUT_SECONDS: '0.5' },
    [/PostgreSQL cannot be reached/],
  ],
])('gives up with %s, in plain words', async (_what, environment, expected) => {
  const failure = await GatewayProcess.start({ DATA_DIR: dataDir, ...environment }).catch((error: Error) => error);
  expect(failure).toBeInstanceOf(Error);
  const said = (failure as Error).message;
  for (const pattern of expected) expect(said).toMatch(pattern);
  expect(said).not.toMatch(/secret|\n\s+at /);
});

it('gives up when its port is taken, and leaves no PostgreSQL behind', async () => {
  await using gateway = await GatewayProcess.start({ DATA_DIR: dataDir });
  const other = await mkdtemp(join(tmpdir(), 'achilles-port-'));
  const taken = GatewayProcess.start({ DATA_DIR: other, PORT: new URL(gateway.url).port });
  await expect(taken).rejects.toThrow('EADDRINUSE');
  await expect(readFile(join(other, 'postgres/data/postmaster.pid'))).rejects.toThrow('ENOENT');
  await rm(other, { recursive: true });
});

it('refuses a data folder that another gateway uses', async () => {
  await using _first = await GatewayProcess.start({ DATA_DIR: dataDir });
  await expect(GatewayProcess.start({ DATA_DIR: dataDir })).rejects.toThrow(/Another gateway/);
});
