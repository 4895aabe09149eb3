import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from './load-config.js';
import { readRateLimits } from './rate-limits-file.js';
import { OperatorFileError } from './read-operator-file.js';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'achilles-rules-'));
  file = join(folder, 'rate-limits.yaml');
});
afterAll(() => rm(folder, { recursive: true }));

async function faultsOf(text: string): Promise<readonly string[]> {
  await writeFile(file, text);
  try {
    readRateLimits(file);
    return [];
  } catch (error) {
    return (error as OperatorFileError).faults;
  }
}

describe('config/rate-limits.yaml as it ships', () => {
  it('is valid, and keeps the recording of events apart', () => {
    expect(readRateLimits('config/rate-limits.yaml')).toMatchObject({
      tenant: { limit: 6_000, seconds: 60 },
      routes: {
        recording: {
          operations: expect.arrayContaining(['recordEvent', 'recordEvents']),
          apart: true,
          subject: { limit: 6_000 },
        },
      },
    });
  });

  it('is valid with every example in it', async () => {
    const text = await readFile('config/rate-limits.yaml', 'utf8');
    const rules = text.slice(text.indexOf('\n\n'));
    const examples = rules.replace(/^( *)# (?=(?:[a-z]+:|search:|  ))/gm, '$1');
    expect(examples).toContain('\ntiers:\n  bronze:');
    expect(await faultsOf(examples)).toEqual([]);
  });
});

describe('a file of rules', () => {
  it.each<[string, RegExp]>([
    ['', /must be object/],
    ['[]', /must be object/],
    ['subject: 5', /subject must be object/],
    ['subject: {}', /subject must have required property 'limit'/],
    ['subject: { limit: -1 }', /subject.limit must be >= 0/],
    ['subject: { limit: 1.5 }', /subject.limit must be integer/],
    ['subject: { limit: "5" }', /subject.limit must be integer/],
    ['subject: { limit: .nan }', /subject.limit must be integer/],
    ['subject: { limit: 1e300 }', /subject.limit must be <= 1000000000/],
    ['subject: { limit: 5, seconds: 0 }', /subject.seconds must be >= 1/],
    ['subject: { limit: 5, seconds: 99999999 }', /subject.seconds must be <= 2592000/],
    ['subject: { limit: 5, per: minute }', /additional properties: per/],
    ['subjects: { limit: 5 }', /additional properties: subjects/],
    ['tiers: { platinum: { subject: { limit: 5 } } }', /additional properties: platinum/],
    ['tenants: { acme: { limit: 5 } }', /additional properties: limit/],
    ['routes: { r: { subject: { limit: 5 } } }', /routes.r must have required property 'operations'/],
    ['routes: { r: { operations: [] } }', /routes.r.operations must NOT have fewer/],
    ['routes: { "a\\";q=1": { operations: [x] } }', /property name must be valid/],
    ['tools: { "a b": { subject: { limit: 5 } } }', /property name must be valid/],
    ['subject: {', /./],
    ['a: &a [*a, *a]\nb: *a', /./],
    ['subject: { limit: 5 }\nsubject: { limit: 6 }', /unique/],
  ])('%j is refused', async (text, fault) => expect((await faultsOf(text)).join('\n')).toMatch(fault));

  it('counts by the minute where it says nothing else', async () => {
    expect(await faultsOf('tools: { "*": { subject: { limit: 5 } } }')).toEqual([]);
    expect(readRateLimits(file)?.tools?.['*']?.subject).toEqual({ limit: 5, seconds: 60 });
  });

  it('may be missing', () => expect(readRateLimits(join(folder, 'none.yaml'))).toBeUndefined());

  it('stops a start with every fault in it', async () => {
    await writeFile(file, 'subject: { limit: x }\ntenant: {}\n');
    expect(() => loadConfig({ RATE_LIMITS_FILE: file }, '/dev/null')).toThrow(
      /2 fault\(s\):\n {2}- \S+rate-limits.yaml: subject.limit must be integer\n {2}- .*tenant must have/,
    );
  });
});
