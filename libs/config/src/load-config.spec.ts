import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VARIABLES } from './env.js';
import { ConfigError, loadConfig, parseConfig } from './load-config.js';

function faultsOf(environment: Record<string, unknown>): readonly string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const REMOTE = {
  ACHILLES_CORE: 'remote',
  ACHILLES_BASE_URL: 'https://core.example/api',
  ACHILLES_API_KEY: 'k'.repeat(16),
};

describe('parseConfig', () => {
  it('needs nothing: each variable has its default, or is optional', () => {
    const config = parseConfig({}) as Record<string, unknown>;
    for (const { name, default: value } of VARIABLES) expect([name, config[name]]).toEqual([name, value]);
  });

  it('turns text into numbers, and nothing else into them', () => {
    expect(parseConfig({ PORT: '0', HTTP_TIMEOUT_SECONDS: '0.5', DATABASE_POOL_SIZE: 30 })).toMatchObject({
      PORT: 0,
      HTTP_TIMEOUT_SECONDS: 0.5,
      DATABASE_POOL_SIZE: 30,
    });
    for (const PORT of ['80 80', '8080a', '1.5', 'NaN', 'Infinity', '-1', '65536', '0x1_0', {}, []]) {
      expect(faultsOf({ PORT })).toHaveLength(1);
    }
  });

  it('counts what is empty as unset', () => {
    expect(parseConfig(Object.fromEntries(VARIABLES.map(({ name }) => [name, ''])))).toEqual(parseConfig({}));
    expect(faultsOf({ ...REMOTE, ACHILLES_API_KEY: '' })).toEqual([
      'ACHILLES_API_KEY is required when ACHILLES_CORE=remote',
    ]);
  });

  it('takes no variable that it does not know', () => {
    expect(Object.keys(parseConfig({ PATH: '/bin', port: '1' }))).not.toContain('PATH');
    expect(parseConfig({ port: '1' }).PORT).toBe(8080);
  });

  it('cannot be changed afterwards', () => expect(Object.isFrozen(parseConfig({}))).toBe(true));

  it('names every fault at once, with the value that was wrong', () => {
    const faults = faultsOf({ PORT: 'x', LOG_LEVEL: 'loud', ACHILLES_CORE: 'remote', MAX_EVENT_BYTES: '2000000000' });
    expect(faults).toEqual([
      'PORT must be integer, not "x"',
      'LOG_LEVEL must be one of fatal,error,warn,info,debug,trace,silent, not "loud"',
      'MAX_EVENT_BYTES must be <= 8388608, not 2000000000',
      'ACHILLES_BASE_URL is required when ACHILLES_CORE=remote',
      'ACHILLES_API_KEY is required when ACHILLES_CORE=remote',
      'MAX_EVENT_BYTES must not be larger than MAX_BATCH_BYTES',
    ]);
    expect(new ConfigError(faults).message).toMatch(/^The configuration has 6 fault\(s\):\n {2}- PORT must/);
  });

  it.each([
    ['ACHILLES_API_KEY', 'hunter2'],
    ['DATABASE_URL', 'mysql://ada:hunter2@h/d'],
    ['DATABASE_URL', 'postgres://ada:hunter2-CHANGE_ME@h/d'],
  ])('never prints the value of %s', (name, value) => {
    const faults = faultsOf({ ...REMOTE, [name]: value });
    expect(faults).toEqual([expect.stringContaining(name)]);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('knows every variable that must not be printed', () => {
    const secret = VARIABLES.filter((variable) => variable.secret);
    expect(secret.map(({ name }) => name)).toEqual(['DATABASE_URL', 'ACHILLES_API_KEY']);
    for (const variable of secret) expect(variable.default).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a whole remote', REMOTE, []],
    ['a key without its remote', { ACHILLES_API_KEY: 'k'.repeat(16) }, []],
    [
      'an example left as it was',
      { ...REMOTE, ACHILLES_API_KEY: 'CHANGE_ME_CHANGE_ME' },
      ["ACHILLES_API_KEY still holds the example's CHANGE_ME"],
    ],
    ['30 connections to the embedded PostgreSQL', { DATABASE_POOL_SIZE: '30' }, []],
    [
      '31 of them',
      { DATABASE_POOL_SIZE: '31' },
      ['DATABASE_POOL_SIZE must be at most 30 with the embedded PostgreSQL'],
    ],
    ['31 to another', { DATABASE_POOL_SIZE: '31', DATABASE_URL: 'postgresql://h/d' }, []],
    ['an event as large as its batch', { MAX_EVENT_BYTES: 2_048, MAX_BATCH_BYTES: 2_048 }, []],
    [
      'an event larger than its batch',
      { MAX_EVENT_BYTES: 2_049, MAX_BATCH_BYTES: 2_048 },
      ['MAX_EVENT_BYTES must not be larger than MAX_BATCH_BYTES'],
    ],
    [
      'an event larger than a batch by default',
      { MAX_BATCH_BYTES: 2_048 },
      ['MAX_EVENT_BYTES must not be larger than MAX_BATCH_BYTES'],
    ],
  ])('%s', (_what, environment, faults) => expect(faultsOf(environment)).toEqual(faults));
});

describe('loadConfig', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'achilles-config-'));
    file = join(folder, '.env');
    await writeFile(
      file,
      '# a comment\nPORT=1234\nHOST="0.0.0.0" # why\nDATA_DIR=\nUNKNOWN=1\nexport LOG_LEVEL=warn\n',
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the file', () => {
    expect(loadConfig({}, file)).toMatchObject({
      PORT: 1234,
      HOST: '0.0.0.0',
      DATA_DIR: '.achilles',
      LOG_LEVEL: 'warn',
    });
  });

  it('puts the environment above the file, also to empty what the file sets', () => {
    expect(loadConfig({ PORT: '4321' }, file)).toMatchObject({ PORT: 4321, HOST: '0.0.0.0' });
    expect(loadConfig({ PORT: '' }, file).PORT).toBe(8080);
  });

  it('does without a file', () => expect(loadConfig({}, join(folder, 'none'))).toEqual(parseConfig({})));
});
