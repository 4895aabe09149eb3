import { copyFile, cp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Chain } from '#audit/chain.js';
import { verify } from '#audit/verify.js';
import { AuditFolder, KEY } from '../support/audit-log.js';

const RECORDS = 40;

// Four files and a checkpoint, made once and copied for every crime.
let original: AuditFolder;
let scene: AuditFolder;
let lines: string[];
beforeAll(async () => {
  original = await AuditFolder.create();
  await original.fill(RECORDS, { maxFileBytes: 6_000 });
});
afterAll(() => original[Symbol.asyncDispose]());

const file = (number?: number) => (number === undefined ? scene.file : `${scene.file}.${number}`);
const read = async (number?: number) => (await readFile(file(number), 'utf8')).split('\n').slice(0, -1);
const write = (text: readonly string[], number?: number) =>
  writeFile(file(number), text.map((line) => `${line}\n`).join(''));
const change = async (edit: (lines: string[]) => readonly string[], number?: number) =>
  write(edit(await read(number)), number);
const seqOf = (line: string) => (JSON.parse(line) as { seq: number }).seq;

beforeEach(async () => {
  await scene?.[Symbol.asyncDispose]();
  scene = await AuditFolder.create();
  await cp(original.path, scene.path, { recursive: true });
  lines = await read(2);
});
afterAll(() => scene[Symbol.asyncDispose]());

it('is four files at least, and clean before anybody touched it', async () => {
  const verdict = await verify(scene.file, KEY);
  expect(verdict).toEqual({
    fault: undefined,
    records: RECORDS,
    files: verdict.files,
    firstSeq: 1,
    lastSeq: RECORDS,
    provenSeq: RECORDS,
    news: [],
  });
  expect(verdict.files).toBeGreaterThanOrEqual(4);
});

it('names the record when any one byte of it is flipped: every byte of a line', async () => {
  const victim = lines[2]!;
  const before = Buffer.from(`${lines.slice(0, 2).join('\n')}\n`).length;
  const bytes = await readFile(file(2));
  let flips = 0;
  for (let at = 0; at <= victim.length; at++) {
    const bad = Buffer.from(bytes);
    bad[before + at]! ^= at % 2 === 0 ? 0x01 : 0x20;
    await writeFile(file(2), bad);
    const { fault } = await verify(scene.file, KEY);
    expect([at, fault?.file, fault?.line]).toEqual([at, file(2), 3]);
    flips++;
  }
  expect(flips).toBe(victim.length + 1);
});

type Crime = readonly [
  what: string,
  commit: () => Promise<unknown>,
  file: number | undefined,
  line: number,
  words: RegExp,
];

describe('names the first record that is wrong after', () => {
  it.each<Crime>([
    ['a cut of the first of all', () => change((all) => all.slice(1), 1), 1, 1, /records 1 to 1 are missing/],
    ['a cut in the middle', () => change((all) => all.toSpliced(3, 1), 2), 2, 4, /are missing before this one/],
    ['a cut of three', () => change((all) => all.toSpliced(3, 3), 2), 2, 4, /are missing before this one/],
    ['a cut of the first of a file', () => change((all) => all.slice(1), 2), 2, 1, /are missing/],
    ['a cut of the last of a file', () => change((all) => all.slice(0, -1), 2), 3, 1, /are missing/],
    ['a record twice', () => change((all) => all.toSpliced(3, 0, all[2]!), 2), 2, 4, /stands here again/],
    ['an older record in between', () => change((all) => all.toSpliced(3, 0, all[0]!), 2), 2, 4, /stands here again/],
    ['two that changed places', () => change((all) => all.toSpliced(3, 2, all[4]!, all[3]!), 2), 2, 4, /are missing/],
    ['an invented record', () => change((all) => all.toSpliced(3, 0, '{"tool":"x"}'), 2), 2, 4, /no record/],
    ['an empty line', () => change((all) => all.toSpliced(3, 0, ''), 2), 2, 4, /no record/],
    ['a space at the end of a line', () => change((all) => all.with(3, `${all[3]} `), 2), 2, 4, /no record/],
    ['windows line ends', () => change((all) => all.with(3, `${all[3]}\r`), 2), 2, 4, /no record/],
    ['a member more', () => change((all) => all.with(3, all[3]!.replace('{', '{"a":1,')), 2), 2, 4, /./],
    ['a number changed', () => change((all) => all.with(3, all[3]!.replace(/"seq":\d+/, '"seq":1')), 2), 2, 4, /hash/],
    [
      'a verdict changed',
      () => change((all) => all.with(3, all[3]!.replace('granted', 'refused')), 2),
      2,
      4,
      /hash does not match/,
    ],
    [
      'a record re-hashed without the key',
      () => change((all) => all.with(3, rehashed(all[3]!, Buffer.from('not-the-key'.repeat(4)))), 2),
      2,
      4,
      /hash does not match/,
    ],
    [
      'a record of another log under the same key',
      async () => {
        await using other = await AuditFolder.create();
        await other.fill(RECORDS);
        const wanted = seqOf(lines[3]!);
        const foreign = (await readFile(other.file, 'utf8')).split('\n')[wanted - 1]!;
        await change((all) => all.with(3, foreign), 2);
      },
      2,
      4,
      /another chain/,
    ],
    [
      'two files that changed places',
      async () => {
        await rename(file(1), file(99));
        await rename(file(2), file(1));
        await rename(file(99), file(2));
      },
      1,
      1,
      /are missing before/,
    ],
    ['a file twice', () => copyFile(file(1), file(2)), 2, 1, /stands here again/],
    ['an emptied file', () => writeFile(file(2), ''), 3, 1, /are missing/],
    [
      'a file cut in a line',
      async () => truncate(file(2), (await readFile(file(2))).length - 5),
      2,
      NaN,
      /whole record/,
    ],
  ])('%s', async (_what, commit, number, line, words) => {
    await commit();
    const { fault } = await verify(scene.file, KEY);
    expect(fault?.what).toMatch(words);
    expect(fault?.file).toBe(file(number));
    if (!Number.isNaN(line)) expect(fault?.line).toBe(line);
    expect(fault?.seq).toBeGreaterThan(0);
  });
});

describe('finds, though no record is left to name,', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['a missing file', () => rm(file(2)), /file 2 of the log is missing/],
    ['the first file missing', () => rm(file(1)), /file 1 of the log is missing/],
    ['the last file missing', () => rm(file()), /file \d+ of the log is missing/],
    ['the last record cut', () => change((all) => all.slice(0, -1)), /ends before this record/],
    ['the last file emptied', () => writeFile(file(), ''), /ends before this record/],
    ['everything emptied', () => Promise.all([rm(file(1)), writeFile(file(), '')]), /missing/],
    ['the checkpoint missing', () => rm(`${scene.file}.checkpoint`), /the checkpoint is missing/],
    ['the checkpoint emptied', () => writeFile(`${scene.file}.checkpoint`, ''), /checkpoint is not what was written/],
    ['the checkpoint set back', () => edit('seq', 7), /checkpoint is not what was written/],
    ['the checkpoint moved forward', () => edit('first', { file: 2, seq: 12, prev: 'a'.repeat(64) }), /checkpoint/],
    ['the checkpoint of another key', () => edit('keyId', '0'.repeat(16)), /another key/],
    [
      'the checkpoint of another log',
      async () => {
        await using other = await AuditFolder.create();
        await other.fill(3);
        await copyFile(`${other.file}.checkpoint`, `${scene.file}.checkpoint`);
      },
      /missing|another chain/,
    ],
  ])('%s', async (_what, commit, words) => {
    await commit();
    expect((await verify(scene.file, KEY)).fault?.what).toMatch(words);
  });

  it.each([Buffer.from('b'.repeat(32)), Buffer.from(`${KEY.toString()} `), Buffer.alloc(0)])(
    'another key',
    async (key) => {
      expect((await verify(scene.file, key)).fault?.what).toMatch(/another key/);
    },
  );
});

describe('a gateway that starts on a log that somebody has changed goes on, and the fault stays to be seen', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['the end cut off', () => change((all) => all.slice(0, -2))],
    ['the last file gone', () => rm(file())],
    ['the last record changed', () => change((all) => all.with(-1, all.at(-1)!.replace('granted', 'refused')))],
    ['the checkpoint gone', () => rm(`${scene.file}.checkpoint`)],
    ['the checkpoint changed', () => edit('seq', 3)],
    ['the end cut off and the checkpoint gone', () => Promise.all([rm(`${scene.file}.checkpoint`), change(() => [])])],
    ['a record in the middle changed', () => change((all) => all.with(1, all[1]!.replace('acme', 'evil')), 2)],
  ])('%s', async (_what, commit) => {
    await commit();
    expect((await verify(scene.file, KEY)).fault).toBeDefined();
    await scene.fill(5, { maxFileBytes: 6_000 });
    await scene.fill(5, { maxFileBytes: 6_000 });
    expect((await verify(scene.file, KEY)).fault).toBeDefined();
    expect((await scene.records()).filter((record) => record.request_id === 'request-4').length).toBeGreaterThanOrEqual(
      2,
    );
  });

  it('another key: the old log is put aside whole, and both can be proven', async () => {
    const key = Buffer.from('another-key-of-the-tests-0123456789');
    await scene.fill(3, { key });
    expect(await verify(scene.file, key)).toMatchObject({ fault: undefined, records: 4 });
    const news = (await verify(scene.file, key)).news[0]!;
    expect(news).toMatch(/^record 1: audit.key_changed: records under the former key are in /);
    const aside = join(scene.path, news.split(' are in ')[1]!, 'audit.jsonl');
    expect(await verify(aside, KEY)).toMatchObject({ fault: undefined, records: RECORDS });
  });
});

function rehashed(line: string, key: Buffer): string {
  const { prev } = JSON.parse(line) as { prev: string };
  const text = line.slice(0, line.indexOf(',"prev"')).replace('granted', 'refused');
  return new Chain(key).seal(text, prev).line.trimEnd();
}

async function edit(member: string, value: unknown): Promise<void> {
  const path = `${scene.file}.checkpoint`;
  const [claims, ...rest] = (await readFile(path, 'utf8')).split('\n');
  const changed = JSON.stringify({ ...(JSON.parse(claims!) as object), [member]: value });
  await writeFile(path, [changed, ...rest].join('\n'));
}
