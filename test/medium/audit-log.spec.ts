import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditKey } from '#audit/audit-key.js';
import { Chain } from '#audit/chain.js';
import { finishedNumbers } from '#audit/log-files.js';
import { verify } from '#audit/verify.js';
import { anAuditEvent, AuditFolder, KEY } from '../support/audit-log.js';
import { eventually } from '../support/embedded-stage.js';

let folder: AuditFolder;
beforeEach(async () => {
  folder = await AuditFolder.create();
});
afterEach(() => folder[Symbol.asyncDispose]());

const isClean = async () => {
  const verdict = await verify(folder.file, KEY);
  expect(verdict.fault).toBeUndefined();
  return verdict;
};

describe('a start after a crash', () => {
  it('takes up the chain at every byte that the last record may be torn at, and loses no whole record', async () => {
    await folder.fill(5);
    const whole = await readFile(folder.file);
    const last = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    const checkpoint = await checkpointAt(3);
    await using scene = await AuditFolder.create();
    for (let end = last; end <= whole.length; end++) {
      await rm(scene.path, { recursive: true });
      await cp(folder.path, scene.path, { recursive: true });
      // As a crash leaves it: the checkpoint is older than the last records.
      await writeFile(`${scene.file}.checkpoint`, checkpoint);
      await writeFile(scene.file, whole.subarray(0, end));
      await scene.fill(1);
      const verdict = await verify(scene.file, KEY);
      const torn = end - last;
      const kept = torn >= whole.length - last - 1;
      const news = torn === 0 || kept ? [] : [expect.stringContaining(`audit.torn: the last ${torn} bytes`)];
      expect([end, verdict]).toEqual([end, expect.objectContaining({ fault: undefined, news })]);
      expect(verdict.records).toBe((kept ? 5 : 4) + news.length + 1);
      if (news.length > 0)
        expect(await readFile(`${scene.file}.torn`)).toEqual(
          Buffer.concat([whole.subarray(last, end), Buffer.from('\n')]),
        );
    }
    expect(whole.length - last).toBeGreaterThan(400);
  });

  it.each([
    ['zeros, as a power cut leaves them', Buffer.alloc(4_096)],
    ['half a record of somebody else', Buffer.from('{"ts":"2026')],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x80, 0xc0])],
  ])('cuts %s from the end', async (_what, rubbish) => {
    await folder.fill(3);
    await writeFile(folder.file, rubbish, { flag: 'a' });
    expect((await verify(folder.file, KEY)).fault?.what).toContain(`${rubbish.length} bytes that are no whole record`);
    await folder.fill(1);
    expect((await isClean()).records).toBe(5);
  });

  it('finds its place in any state that a crash while rotating leaves', async () => {
    await folder.fill(30, { maxFileBytes: 4_096 });
    const newest = finishedNumbers(folder.file).at(-1)!;
    await rename(folder.file, `${folder.file}.${newest + 1}`);
    expect((await isClean()).records).toBe(30);
    await folder.fill(30, { maxFileBytes: 4_096 });
    expect((await isClean()).records).toBe(60);
  });

  it('begins where there is an empty file, or a folder that is not there yet', async () => {
    await writeFile(folder.file, '');
    await folder.fill(1);
    expect((await isClean()).records).toBe(1);
    const log = await folder.open({ file: join(folder.path, 'a/b/c.jsonl') });
    await log.close();
    expect((await stat(join(folder.path, 'a/b'))).mode & 0o777).toBe(0o700);
    for (const name of ['c.jsonl', 'c.jsonl.checkpoint']) {
      expect((await stat(join(folder.path, 'a/b', name))).mode & 0o777).toBe(0o600);
    }
  });
});

describe('rotation', () => {
  it('keeps the chain unbroken over many files while records come', async () => {
    const log = await folder.open({ maxFileBytes: 16_384, maxFiles: 10_000 });
    for (let i = 0; i < 3_000; i++) {
      log.append(anAuditEvent({ requestId: `request-${i}` }));
      if (i % 37 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      if (i % 500 === 0) expect((await verify(folder.file, KEY)).fault).toBeUndefined();
    }
    await log.close();
    const { records, files } = await isClean();
    expect(records).toBe(3_000);
    expect(files).toBeGreaterThan(80);
    const seen = (await folder.records()).map((record) => record.request_id);
    expect(seen).toEqual(Array.from({ length: 3_000 }, (_, i) => `request-${i}`));
    for (const number of finishedNumbers(folder.file)) {
      expect((await stat(`${folder.file}.${number}`)).size).toBeLessThanOrEqual(16_384);
    }
  });

  it('removes the oldest files, and what is left can be proven', async () => {
    await folder.fill(400, { maxFileBytes: 8_192, maxFiles: 4 });
    await folder.fill(100, { maxFileBytes: 8_192, maxFiles: 4 });
    const verdict = await isClean();
    expect([verdict.files, verdict.lastSeq]).toEqual([4, 500]);
    expect(verdict.firstSeq).toBe(500 - verdict.records + 1);
    expect(finishedNumbers(folder.file)[0]).toBeGreaterThan(20);
  });

  it('spares files that a reader is still to see, up to five times as many', async () => {
    const lost: number[] = [];
    const behind = { maxFileBytes: 8_192, maxFiles: 3, keepFrom: () => 2, onLost: (file: number) => lost.push(file) };
    await folder.fill(100, behind);
    expect([finishedNumbers(folder.file)[0], lost]).toEqual([2, []]);
    await folder.fill(500, behind);
    expect(finishedNumbers(folder.file)).toHaveLength(14);
    expect(lost[0]).toBe(2);
    await isClean();
  });

  it('goes on in a new file when somebody has moved the one that is being written', async () => {
    const log = await folder.open();
    log.append(anAuditEvent());
    await log.flush();
    await rename(folder.file, join(folder.path, 'taken'));
    log.append(anAuditEvent());
    await log.flush();
    log.append(anAuditEvent({ requestId: 'after' }));
    await log.close();
    expect((await readFile(folder.file, 'utf8')).trim().split('\n')).toHaveLength(1);
    expect((await verify(folder.file, KEY)).fault?.what).toMatch(/missing/);
  });
});

describe('the disk', () => {
  const isRoot = process.getuid?.() === 0;
  const small = () => join(folder.path, 'small');

  async function mountSmall(): Promise<void> {
    await mkdir(small());
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small()]);
  }

  const whenMountable = isRoot ? it : it.skip;

  whenMountable('full: what fits is kept, the rest is counted, and the log says so when there is room', async () => {
    await mountSmall();
    try {
      const faults: (string | undefined)[] = [];
      const file = join(small(), 'audit.jsonl');
      const log = await folder.open({
        file,
        onFault: (fault) => faults.push(fault && (fault as NodeJS.ErrnoException).code),
      });
      await writeFile(join(small(), 'ballast'), Buffer.alloc(80_000));
      for (let i = 0; i < 60_000; i++) log.append(anAuditEvent({ requestId: `request-${i}` }));
      await log.flush();
      expect([log.available, faults]).toEqual([false, ['ENOSPC']]);
      expect(log.dropped).toBeGreaterThan(1_000);
      execFileSync('mount', ['-o', 'remount,size=100m', small()]);
      const began = Date.now();
      await eventually(() => expect(log.available).toBe(true), 5_000);
      expect(Date.now() - began).toBeLessThan(5_000);
      log.append(anAuditEvent({ requestId: 'after' }));
      await log.close();
      expect(faults).toEqual(['ENOSPC', undefined]);
      const verdict = await verify(file, KEY);
      expect(verdict).toMatchObject({ fault: undefined, records: 60_000 - log.dropped + 2 });
      expect(verdict.news).toEqual([expect.stringContaining(`audit.gap: ${log.dropped} records could not be written`)]);
    } finally {
      execFileSync('umount', ['-l', small()]);
    }
  });

  whenMountable('full when the gateway starts: it starts', async () => {
    await mountSmall();
    try {
      await writeFile(join(small(), 'ballast'), Buffer.alloc(131_072)).catch(() => undefined);
      const log = await folder.open({ file: join(small(), 'audit.jsonl') });
      log.append(anAuditEvent());
      await log.flush();
      expect(log.available).toBe(false);
      await rm(join(small(), 'ballast'));
      await eventually(() => expect(log.available).toBe(true), 5_000);
      await log.close();
      expect(await verify(join(small(), 'audit.jsonl'), KEY)).toMatchObject({ fault: undefined, records: 1 });
    } finally {
      execFileSync('umount', ['-l', small()]);
    }
  });
});

it('belongs to one writer at a time', async () => {
  const log = await folder.open();
  await expect(folder.open()).rejects.toThrow(
    /Another gateway \(process \d+ on .+\) is writing the audit log .+AUDIT_FILE/,
  );
  await log.close();
  await (await folder.open()).close();
  await mkdir(`${folder.file}.b.lock`);
  await expect(folder.open({ file: `${folder.file}.b` })).rejects.toThrow(/cannot be written: its folder takes no/);
});

it('is whole after a kill -9 in the middle of load, three times over', async () => {
  const script = fileURLToPath(new URL('../support/audit-writer.js', import.meta.url));
  let records = 0;
  for (let round = 0; round < 3; round++) {
    const files = finishedNumbers(folder.file).length;
    const child = spawn(process.execPath, [script, folder.file], { stdio: 'inherit', env: {} });
    // Some five hundred records more are on the disk.
    await eventually(() => expect(finishedNumbers(folder.file).length).toBeGreaterThanOrEqual(files + 4), 30_000);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await folder.fill(1, { maxFileBytes: 100_000, maxFiles: 100_000 });
    const verdict = await isClean();
    expect(verdict.records).toBeGreaterThan(records + 500);
    records = verdict.records;
  }
});

it('makes its key once, whoever comes first, and reads it again', async () => {
  const keys = Array.from({ length: 20 }, () => auditKey(undefined, folder.path).toString());
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]!.length).toBeGreaterThanOrEqual(43);
  expect((await stat(join(folder.path, 'audit.key'))).mode & 0o777).toBe(0o600);
  await truncate(join(folder.path, 'audit.key'), 5);
  expect(() => auditKey(undefined, folder.path)).toThrow(/shorter than 32/);
});

/** A checkpoint as it was when the log of `folder` held so many records. */
async function checkpointAt(records: number): Promise<Buffer> {
  const text = (await readFile(folder.file, 'utf8')).split('\n').slice(0, records);
  const chain = new Chain(KEY);
  const claims = JSON.parse((await readFile(`${folder.file}.checkpoint`, 'utf8')).split('\n')[0]!) as object;
  const { seq, hash } = JSON.parse(text.at(-1)!) as { seq: number; hash: string };
  const offset = Buffer.byteLength(text.join('\n')) + 1;
  const changed = JSON.stringify({ ...claims, seq, hash, offset });
  return Buffer.from(`${changed}\n${chain.mac(changed)}\n`);
}
