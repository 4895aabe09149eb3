import { describe, expect, it } from '@jest/globals';
import { resolveUpstream } from './upstreams-file.js';

const SET: Readonly<Record<string, string>> = { BRIGHTDATA_API_TOKEN: 'a-token-of-bright-data' };
const resolve = (entry: object) => resolveUpstream('it', { ...entry }, 'file', (name) => SET[name]);

const PACKAGE = ['-y', '@brightdata/mcp@2.11.3'];

describe('presets', () => {
  it.each([
    [{ preset: 'everything' }, { args: ['-y', '@modelcontextprotocol/server-everything@2026.8.31'], sessions: 'auto' }],
    [
      { preset: 'filesystem', roots: ['/srv/a', '/srv/b'] },
      { args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', '/srv/a', '/srv/b'], caller_roots: false },
    ],
    [
      { preset: 'filesystem', roots: ['/srv'], command: 'node', args: ['fs.js'] },
      { command: 'node', args: ['fs.js', '/srv'] },
    ],
    [
      { preset: 'memory', file: '/var/lib/graph.jsonl' },
      { env: { MEMORY_FILE_PATH: '/var/lib/graph.jsonl' }, concurrency: 1 },
    ],
    [
      { preset: 'memory', file: '/m', concurrency: 4, env: { TZ: 'UTC' } },
      { env: { TZ: 'UTC' }, concurrency: 4 },
    ],
    [{ preset: 'sequential-thinking' }, { sessions: 'principal', idle_seconds: 600 }],
    [{ preset: 'sequential-thinking', sessions: 'shared' }, { sessions: 'shared' }],
    [
      { preset: 'brightdata' },
      {
        command: 'npx',
        args: PACKAGE,
        env: { POLLING_TIMEOUT: '600' },
        env_from: { API_TOKEN: 'BRIGHTDATA_API_TOKEN' },
        sessions: 'auto',
        timeout_seconds: 120,
        tools: { 'web_data_*': { timeout_seconds: 630 }, discover: { timeout_seconds: 630 } },
      },
    ],
    [
      {
        preset: 'brightdata',
        groups: ['ecommerce', 'social'],
        tools_extra: ['extract'],
        rate_limit: '100/1h',
        zones: { web_unlocker: 'mine', browser: 'its' },
        polling_seconds: 60,
      },
      {
        env: {
          GROUPS: 'ecommerce,social',
          TOOLS: 'extract',
          RATE_LIMIT: '100/1h',
          WEB_UNLOCKER_ZONE: 'mine',
          BROWSER_ZONE: 'its',
          POLLING_TIMEOUT: '60',
        },
        sessions: 'auto',
        tools: { 'web_data_*': { timeout_seconds: 90 } },
      },
    ],
    [
      { preset: 'brightdata', pro: true },
      { env: { PRO_MODE: 'true' }, sessions: 'principal', idle_seconds: 600 },
    ],
    [{ preset: 'brightdata', groups: ['browser'] }, { sessions: 'principal' }],
    [{ preset: 'brightdata', tools_extra: ['scraping_browser_navigate'] }, { sessions: 'principal' }],
    [{ preset: 'brightdata', groups: ['browser'], sessions: 'shared' }, { sessions: 'shared' }],
    [{ preset: 'brightdata', tools: { extract: { tier: 'gold' } } }, { tools: { extract: { tier: 'gold' } } }],
    [
      { preset: 'brightdata', remote: true },
      {
        kind: 'http',
        url: 'https://mcp.brightdata.com/mcp',
        auth: { kind: 'query', name: 'token', value_env: 'BRIGHTDATA_API_TOKEN' },
        timeout_seconds: 120,
      },
    ],
    [
      { preset: 'brightdata', remote: true, groups: ['code', 'geo'], tools_extra: ['extract'], timeout_seconds: 9 },
      { url: 'https://mcp.brightdata.com/mcp?groups=code%2Cgeo&tools=extract', timeout_seconds: 9 },
    ],
    [{ preset: 'brightdata', remote: true, url: 'https://mine.example/mcp' }, { url: 'https://mine.example/mcp' }],
  ])('%j', (entry, made) => {
    const { spec, faults } = resolve(entry);
    expect(faults).toEqual([]);
    expect(spec).toMatchObject(made);
    expect(JSON.stringify(spec)).not.toContain(SET['BRIGHTDATA_API_TOKEN']);
  });

  it.each([
    [{ preset: 'nothing' }, 'preset must be one of'],
    [{ preset: 'toString' }, 'preset must be one of'],
    [{ preset: 'filesystem' }, 'roots must be a list of folders'],
    [{ preset: 'filesystem', roots: [] }, 'roots must be a list of folders'],
    [{ preset: 'filesystem', roots: '/srv' }, 'roots must be a list of folders'],
    [{ preset: 'filesystem', roots: ['srv'] }, 'roots must be a list of folders'],
    [{ preset: 'memory' }, 'file is required'],
    [{ preset: 'memory', file: 7 }, 'file must be a text'],
    [{ preset: 'memory', file: '/m', env: 'TZ' }, 'env must be object'],
    [{ preset: 'everything', args: ['x'] }, 'args goes with command'],
    [{ preset: 'everything', command: 'node', args: 'x' }, 'args must be a list'],
    [{ preset: 'everything', kind: 'http' }, 'kind is'],
    [{ preset: 'everything', colour: 'red' }, 'colour'],
    [{ preset: 'brightdata', groups: 'code' }, 'groups must be a list'],
    [{ preset: 'brightdata', groups: ['cod'] }, 'groups must be of'],
    [{ preset: 'brightdata', groups: ['code,browser'] }, 'groups must be a list of names'],
    [{ preset: 'brightdata', tools_extra: ['a&b=c'] }, 'tools_extra must be'],
    [{ preset: 'brightdata', pro: 'yes' }, 'pro must be true or false'],
    [{ preset: 'brightdata', remote: 1 }, 'remote must be true or false'],
    [{ preset: 'brightdata', rate_limit: 'often' }, 'rate_limit must be like'],
    [{ preset: 'brightdata', zones: ['a'] }, 'zones must be object'],
    [{ preset: 'brightdata', zones: { browser: '' } }, 'zones.browser must be a text'],
    [{ preset: 'brightdata', polling_seconds: 0 }, 'polling_seconds must be'],
    [{ preset: 'brightdata', remote: true, pro: true }, 'pro does not go with remote'],
    [{ preset: 'brightdata', remote: true, command: 'x' }, 'command does not go with remote'],
    [{ preset: 'brightdata', remote: true, kind: 'sse' }, 'kind does not go with remote'],
    [
      { preset: 'brightdata', env_from: { API_TOKEN: 'UPSTREAM_NOT_SET' } },
      'env_from.API_TOKEN names UPSTREAM_NOT_SET',
    ],
    [{ preset: 'brightdata', env_from: { API_TOKEN: 'AUDIT_HMAC_KEY' } }, 'env_from.API_TOKEN must be a variable'],
  ])('%j: %s', (entry, fault) => {
    const { spec, faults } = resolve(entry);
    expect(spec).toBeUndefined();
    expect(faults.join()).toContain(fault);
  });

  it('says that the token is missing', () => {
    const { faults } = resolveUpstream('it', { preset: 'brightdata' }, 'file', () => undefined);
    expect(faults).toEqual(['env_from.API_TOKEN names BRIGHTDATA_API_TOKEN, which is not set']);
  });
});
