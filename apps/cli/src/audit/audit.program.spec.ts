import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditLog } from '#audit/audit-log.js';
import { logEvent } from '#audit/audit-record.js';
import { ScratchFolder } from '../../test/scratch-folder.js';
import { testTerminal } from '../../test/test-terminal.js';
import { createProgram } from '../program.js';
import { tailCommand } from './tail.command.js';

const KEY = 'a-key-of-the-tests-0123456789abcdef';
let folder: ScratchFolder;
let file: string;

async function open(name = 'audit.jsonl'): Promise<AuditLog> {
  return AuditLog.open({ file: join(folder.path, name), key: Buffer.from(KEY), maxFileBytes: 5_000, maxFiles: 99 });
}

const anEvent = (i: number) => ({
  ...logEvent('http.request', 'x'),
  requestId: `request-${i}`,
  tenant: i % 2 === 0 ? 'acme' : 'umbrella',
  sub: 'ada\u001b[31m',
  tool: 'listSessions',
  decision: i === 7 ? ('refused' as const) : ('granted' as const),
  reason: i === 7 ? 'expired' : null,
  status: i === 7 ? 401 : 200,
  securityFlags: i === 7 ? ['invalid_token'] : [],
});

beforeAll(async () => {
  folder = await ScratchFolder.create();
  file = join(folder.path, 'audit.jsonl');
  const log = await open();
  for (let i = 0; i < 30; i++) log.append(anEvent(i));
  await log.close();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function run(...args: string[]) {
  const terminal = testTerminal();
  const codes: number[] = [];
  const settings = { AUDIT_FILE: file, AUDIT_HMAC_KEY: KEY };
  const exit = (code: number) => codes.push(code);
  const program = createProgram({ version: '1', defaultUser: 'ada', terminal, exit, settings });
  await program.parseAsync(['audit', ...args], { from: 'user' });
  const [out, err] = [terminal.out(), terminal.err()];
  expect(out + err).not.toContain(KEY);
  expect(out).not.toContain('\u001b');
  return { code: codes[0], lines: out.split('\n').slice(0, -1), err };
}

describe('achilles audit', () => {
  it.each([[[]], [['FILE']], [['FOLDER']]])('verify %j says that all is as written', async (args) => {
    const paths = args.map((arg) => (arg === 'FILE' ? file : folder.path));
    const { code, lines, err } = await run('verify', ...paths);
    expect([code, err]).toEqual([0, '']);
    expect(lines).toEqual([expect.stringMatching(/audit\.jsonl: records 1 to 30 in \d files: all as written/)]);
  });

  it('verify names the first bad record and ends with 1', async () => {
    const text = await readFile(`${file}.1`, 'utf8');
    await writeFile(`${file}.1`, text.replace('request-3', 'request-4'));
    const { code, err } = await run('verify');
    await writeFile(`${file}.1`, text);
    expect([code, err]).toEqual([
      1,
      `${file}.1:4 (record 4): the record is not what was written: its hash does not match\n`,
    ]);
  });

  it('verify takes the key from a file', async () => {
    const keyFile = await folder.write('other.key', 'another-key-of-the-tests-0123456789');
    expect(await run('verify', '--key-file', keyFile)).toMatchObject({
      code: 1,
      err: expect.stringContaining('written under another key'),
    });
    await expect(run('verify', '--key-file', '/nowhere')).rejects.toThrow('cannot be read (ENOENT)');
    await expect(run('verify', '/nowhere')).rejects.toThrow('There is no audit log /nowhere');
  });

  it('tail shows the last ten, or as many as asked, over files', async () => {
    expect((await run('tail')).lines).toHaveLength(10);
    const { lines } = await run('tail', '-n', '25');
    expect(lines).toHaveLength(25);
    expect(lines[24]).toMatch(/^\S+Z granted 200 listSessions umbrella\/ada 0 ms request-29$/);
    expect(JSON.parse((await run('tail', '-n', '1', '--json')).lines[0]!)).toMatchObject({ request_id: 'request-29' });
    expect((await run('tail', '-n', '0')).lines).toEqual([]);
  });

  it('tail -f goes on with what comes, in new files too', async () => {
    const log = await open('followed.jsonl');
    log.append(anEvent(0));
    await log.flush();
    const terminal = testTerminal();
    const stop = new AbortController();
    const options = { lines: 5, follow: true, json: true, signal: stop.signal };
    const following = tailCommand(join(folder.path, 'followed.jsonl'), options, {}, terminal);
    for (let i = 1; i < 20; i++) {
      log.append(anEvent(i));
      await log.flush();
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    stop.abort();
    await following;
    await log.close();
    const seen = terminal.out().match(/request-\d+/g);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `request-${i}`));
  });

  it.each([
    [['request-7'], 1],
    [['--request-id', 'request-7'], 1],
    [['--request-id', 'request'], 0],
    [['--tenant', 'acme'], 15],
    [['--tenant', 'acme', '--decision', 'granted'], 15],
    [['--decision', 'refused'], 1],
    [['expired', '--tool', 'listSessions'], 1],
    [['--tool', 'other'], 0],
    [['--since', '2020-01-01T00:00:00Z'], 30],
    [['--since', '2200-01-01T00:00:00Z'], 0],
    [['--until', '2020-01-01'], 0],
  ])('search %j finds %d', async (args, count) => {
    const { code, lines } = await run('search', ...args);
    expect([lines.length, code]).toEqual([count, count > 0 ? 0 : 1]);
    expect((await run('search', ...args, '--json')).lines).toHaveLength(count);
  });

  it('search passes over what is no record, and refuses a time that is none', async () => {
    await appendFile(join(folder.path, 'followed.jsonl'), 'request-1 \u001b[2J\n7\n');
    const { lines } = await run('search', 'request-1', '--file', join(folder.path, 'followed.jsonl'));
    expect(lines).toHaveLength(11);
    await expect(run('search', '--since', 'soon')).rejects.toThrow('--since must be a time');
  });
});
