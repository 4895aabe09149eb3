import { describe, expect, it } from '@jest/globals';
import { type AuditRecord, logEvent, RecordWriter } from './audit-record.js';
import { Chain } from './chain.js';

const chain = new Chain(Buffer.from('k'.repeat(32)));
const PREV = '0'.repeat(64);
const AT = Date.parse('2026-03-01T09:00:00.123Z');

const event = (overrides: Partial<ReturnType<typeof logEvent>> = {}) => ({
  ...logEvent('http.request', 'x'),
  reason: null,
  ...overrides,
});
const write = (overrides: Parameters<typeof event>[0], writer = new RecordWriter()) => {
  const { line } = chain.seal(writer.write(event(overrides), 7, AT), PREV);
  return { line, record: JSON.parse(line) as AuditRecord };
};

it('writes every member, in this order', () => {
  const { line, record } = write({
    requestId: 'r-1',
    tenant: 'acme',
    sub: 'ada',
    clientId: 'cli',
    tool: 'listSessions',
    upstream: 'core',
    decision: 'granted',
    status: 200,
    latencyMs: 1.23456,
    inputSha256: 'a'.repeat(64),
    outputBytes: 17,
    securityFlags: ['odd_kid'],
    traceId: 'b'.repeat(32),
  });
  expect(line).toBe(
    `{"ts":"2026-03-01T09:00:00.123Z","seq":7,"request_id":"r-1","event":"http.request","tenant":"acme","sub":"ada",` +
      `"client_id":"cli","tool":"listSessions","upstream":"core","decision":"granted","reason":null,"status":200,` +
      `"latency_ms":1.235,"input_sha256":"${'a'.repeat(64)}","output_bytes":17,"security_flags":["odd_kid"],` +
      `"trace_id":"${'b'.repeat(32)}","prev":"${PREV}","hash":"${record.hash}"}\n`,
  );
});

describe('whatever a caller is called, the record is one line of JSON', () => {
  it.each([
    ['quotes', '"},{"seq":9,"x":"'],
    ['line ends', 'a\nb\r\nc\u2028d'],
    ['NUL and escapes', '\u0000\u001b[31m\u007f'],
    ['half a surrogate', 'a\ud83d'],
    ['backslashes', '\\\\"\\'],
    ['another script', '名前 🙂'],
    ['a prototype', '__proto__'],
    ['nothing', ''],
  ])('%s', (_what, name) => {
    const { line, record } = write({ tenant: name, sub: name, requestId: name, clientId: name, traceId: name });
    expect(line.trimEnd()).not.toMatch(/[\n\r]/);
    expect([record.tenant, record.sub, record.request_id, record.client_id, record.trace_id]).toEqual(
      Array(5).fill(name),
    );
    expect(record.seq).toBe(7);
    expect(chain.read(Buffer.from(line.trimEnd()))).toEqual({ seq: 7, prev: PREV, hash: record.hash, intact: true });
  });
});

it.each([
  'requestId',
  'tenant',
  'sub',
  'clientId',
  'tool',
  'upstream',
  'reason',
  'inputSha256',
  'traceId',
  'event',
] as const)('cuts a %s that is too long, says so, and hides what is secret in it first', (name) => {
  const { line, record } = write({ [name]: `ghp_${'c4nary'.repeat(200_000)} ${'x'.repeat(5_000)}` });
  expect(record.truncated).toBe(true);
  expect(line.length).toBeLessThan(2_000);
  expect(line).not.toContain('c4nary');
});

it('keeps sixteen flags of sixty-four characters', () => {
  const { record } = write({ securityFlags: Array.from({ length: 50 }, (_, i) => `${i} ${'y'.repeat(100)}`) });
  expect([record.truncated, record.security_flags.length, record.security_flags[0]!.length]).toEqual([true, 16, 64]);
});

it.each([NaN, Infinity, -Infinity])('%d is no number that JSON knows', (value) => {
  expect(() => write({ latencyMs: value === Infinity ? 0 : NaN, status: value, outputBytes: value })).not.toThrow();
});

it('remembers the names of many callers, and not of all', () => {
  const writer = new RecordWriter();
  for (let i = 0; i < 5_000; i++) expect(write({ sub: `user-${i}` }, writer).record.sub).toBe(`user-${i}`);
});

it('hashes as HMAC-SHA256 does, whatever the length of key and text', async () => {
  const { createHmac, randomBytes } = await import('node:crypto');
  for (const keyBytes of [0, 1, 32, 63, 64, 65, 200]) {
    const key = randomBytes(keyBytes);
    const ours = new Chain(key);
    for (const bytes of [0, 1, 55, 56, 64, 1_000, 40_000, 3]) {
      const text = randomBytes(bytes);
      expect(ours.mac(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
      expect(ours.mac(`é${text.toString('hex')}`)).toBe(
        createHmac('sha256', key)
          .update(`é${text.toString('hex')}`)
          .digest('hex'),
      );
    }
  }
});
