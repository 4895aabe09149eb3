import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, VARIABLES } from './env.js';
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

const KEY = 'K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5Hf0Gb7Ca';

const REMOTE = {
  ACHILLES_CORE: 'remote',
  ACHILLES_BASE_URL: 'https://core.example/api',
  ACHILLES_API_KEY: '0123456789abcdef',
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
    ['ACHILLES_BASE_URL', 'ftp://ada:hunter2@h/d'],
    ['DATABASE_URL', 'postgres://ada:hunter2-CHANGE_ME@h/d'],
  ])('never prints the value of %s', (name, value) => {
    const faults = faultsOf({ ...REMOTE, [name]: value });
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault).toContain(name);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('knows every variable that must not be printed', () => {
    const secret = VARIABLES.filter((variable) => variable.secret);
    expect(secret.map(({ name }) => name)).toEqual([
      'REDIS_URL',
      'DATABASE_URL',
      'ACHILLES_API_KEY',
      'AUDIT_HMAC_KEY',
      'AUDIT_SERVICE_TOKEN',
      'SEMANTIC_SEARCH_TOKEN',
      'CODE_ORCHESTRATOR_TOKEN',
      'AI_AGENTS_TOKEN',
      'LLM_GATEWAY_TOKEN',
      'BRIGHTDATA_API_TOKEN',
      'VAULT_KEY',
      'MCP_ADMIN_TOKEN',
      'SESSION_KEY',
    ]);
    for (const variable of secret) expect(variable.default).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a whole remote', REMOTE, []],
    ['a key without its remote', { ACHILLES_API_KEY: '0123456789abcdef' }, []],
    [
      'an example left as it was',
      { ...REMOTE, ACHILLES_API_KEY: 'CHANGE_ME_CHANGE_ME' },
      ['ACHILLES_API_KEY still holds an example\'s "CHANGE_ME"'],
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
    ['this machine alone', { HOST: '::1' }, []],
    ['an open door', { HOST: '::' }, ['HOST=:: is open to others: it needs AUTH_MODE=jwt']],
    ['an open door with a guard', { HOST: '0.0.0.0', AUTH_MODE: 'jwt', AUDIT_HMAC_KEY: KEY }, []],
    ['a guard without a record', { AUTH_MODE: 'jwt' }, ['AUDIT_HMAC_KEY is required when AUTH_MODE=jwt']],
    ['a key of one letter', { AUDIT_HMAC_KEY: 'a'.repeat(64) }, ['AUDIT_HMAC_KEY is too easy to guess']],
    ['a short key', { AUDIT_HMAC_KEY: 'abcdefghij' }, ['AUDIT_HMAC_KEY must NOT have fewer than 32 characters']],
    ['a database at example.com', { DATABASE_URL: 'postgres://a:b@db.example.com/d' }, []],
    [
      'the password of an example',
      { REDIS_URL: 'redis://:change-me@h', SESSION_KEY: KEY },
      ['REDIS_URL still holds an example\'s "change-me"'],
    ],
    [
      'workers that share nothing',
      { WORKERS: '2' },
      ['DATABASE_URL is required when WORKERS is more than 1', 'REDIS_URL is required when WORKERS is more than 1'],
    ],
    [
      'replicas with a key each',
      { REDIS_URL: 'redis://h' },
      ['SESSION_KEY is required when several processes share REDIS_URL'],
    ],
    ['a ring of two keys', { SESSION_KEY: `${KEY},${KEY.toLowerCase()}` }, []],
    ['a ring for the vault', { VAULT_KEY: `${KEY},${KEY.toLowerCase()}` }, []],
    ['a short key for the vault', { VAULT_KEY: `${KEY},short` }, ['VAULT_KEY holds a key of fewer than 32 characters']],
    ['a short key in a ring', { SESSION_KEY: `${KEY},short` }, ['SESSION_KEY holds a key of fewer than 32 characters']],
    [
      'a weak key in a ring',
      { SESSION_KEY: `${KEY},${'ab'.repeat(20)}` },
      ['SESSION_KEY holds a key that is easy to guess'],
    ],
    ['an admin token', { MCP_ADMIN_TOKEN: KEY, MCP_REQUIRE_ADMIN_TOKEN: 'true' }, []],
    [
      'an admin token that is asked for, and not there',
      { MCP_REQUIRE_ADMIN_TOKEN: 'true', MCP_ADMIN_TOKEN: '' },
      ['MCP_ADMIN_TOKEN is required when MCP_REQUIRE_ADMIN_TOKEN=true'],
    ],
    [
      'a short admin token',
      { MCP_ADMIN_TOKEN: KEY.slice(0, 31) },
      ['MCP_ADMIN_TOKEN must NOT have fewer than 32 characters'],
    ],
    [
      'the admin token of an example',
      { MCP_ADMIN_TOKEN: 'CHANGE_ME_K7vQ2m9Xz4Lw8Rt1Yp6Ns3Jd5H' },
      ['MCP_ADMIN_TOKEN still holds an example\'s "CHANGE_ME"'],
    ],
    ['half of TLS', { TLS_CERT_PATH: 'c.pem' }, ['TLS_KEY_PATH is required for TLS']],
    ['TLS that is off', { TLS_CERT_PATH: 'c.pem', TLS_ENABLED: 'false' }, []],
    ['a list of nothing', { CORS_ORIGINS: ' , ' }, ['CORS_ORIGINS is set, and lists nothing']],
  ])('%s', (_what, environment, faults) => expect(faultsOf(environment)).toEqual(faults));
});

describe('the names of the systems that this one replaces', () => {
  it.each<[string, Record<string, string>, Partial<Config>]>([
    ['MCP_AUTH_ISSUER', { MCP_AUTH_ISSUER: 'https://id' }, { AUTH_ISSUER: 'https://id' }],
    ['a switch', { MCP_GATEWAY_AUTH_ENABLED: 'True', AUDIT_HMAC_KEY: KEY }, { AUTH_MODE: 'jwt' }],
    ['a switch that is off', { MCP_GATEWAY_AUTH_ENABLED: 'false' }, { AUTH_MODE: 'none' }],
    ['a number', { MCP_GATEWAY_RATE_LIMIT_RPM: '7' }, { RATE_LIMIT_RPM: 7 }],
    [
      'our own name, which outranks them',
      { RATE_LIMIT_RPM: '8', MCP_GATEWAY_RATE_LIMIT_RPM: '7' },
      { RATE_LIMIT_RPM: 8 },
    ],
    ['two that agree', { MCP_AUDIT_FILE: 'a', MCP_GATEWAY_AUDIT_LOG_PATH: 'a' }, { AUDIT_FILE: 'a' }],
  ])('%s', (_what, environment, expected) => expect(parseConfig(environment)).toMatchObject(expected));

  it('two that differ', () => {
    expect(faultsOf({ MCP_AUDIT_FILE: 'a', MCP_GATEWAY_AUDIT_LOG_PATH: 'b' })).toEqual([
      'MCP_AUDIT_FILE and MCP_GATEWAY_AUDIT_LOG_PATH both stand for AUDIT_FILE, and differ',
    ]);
  });

  it('stand for one variable each', () => {
    const names = VARIABLES.flatMap(({ name, aliases }) => [name, ...Object.keys(aliases)]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('loadConfig', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'achilles-config-'));
    file = join(folder, '.env');
    await writeFile(
      file,
      '# a comment\nPORT=1234\nHOST="127.0.0.2" # why\nDATA_DIR=\nUNKNOWN=1\nexport LOG_LEVEL=warn\n',
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the file', () => {
    expect(loadConfig({}, file)).toMatchObject({
      PORT: 1234,
      HOST: '127.0.0.2',
      DATA_DIR: '.achilles',
      LOG_LEVEL: 'warn',
    });
  });

  it('puts the environment above the file, also to empty what the file sets', () => {
    expect(loadConfig({ PORT: '4321' }, file)).toMatchObject({ PORT: 4321, HOST: '127.0.0.2' });
    expect(loadConfig({ PORT: '' }, file).PORT).toBe(8080);
  });

  it('does without a file', () => expect(loadConfig({}, join(folder, 'none'))).toEqual(parseConfig({})));
});
