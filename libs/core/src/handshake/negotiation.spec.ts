import { describe, expect, it } from '@jest/globals';
import type { HandshakeInput } from './handshakes.js';
import { negotiate, PROTOCOL_VERSIONS } from './negotiation.js';

const OFFER = {
  version: '1.2.3',
  preferredBatchSize: 250,
  maxBatchBytes: 4_000_000,
  maxEventBytes: 100_000,
  tokenTtlSeconds: 60,
};
const answerTo = (input: Partial<HandshakeInput>) =>
  negotiate({ client_name: 'c', client_version: '1', workspace_id: 'w', capabilities: {}, ...input }, OFFER);
const featuresFor = (capabilities: Record<string, boolean>) => answerTo({ capabilities }).features;

describe('negotiate', () => {
  it('tells what the operator set', () => {
    expect(answerTo({})).toMatchObject({
      server_name: 'achilles-gateway',
      server_version: '1.2.3',
      preferred_batch_size: 250,
      max_payload_bytes: 4_000_000,
      limits: { max_batch_events: 1_000, max_event_bytes: 100_000, max_event_depth: 32, token_ttl_seconds: 60 },
    });
  });

  it.each([
    ...PROTOCOL_VERSIONS.map((version) => [version, version] as const),
    [undefined, PROTOCOL_VERSIONS[0]],
    ['', PROTOCOL_VERSIONS[0]],
    ['1999-01-01', PROTOCOL_VERSIONS[0]],
    [' 2025-11-25', PROTOCOL_VERSIONS[0]],
  ])('answers protocol version %j with %s', (protocol_version, spoken) => {
    expect(answerTo({ protocol_version }).protocol_version).toBe(spoken);
  });

  it('lists its versions newest first, for the first is what it offers', () => {
    expect([...PROTOCOL_VERSIONS].sort().reverse()).toEqual(PROTOCOL_VERSIONS);
  });

  it('turns on what both sides have, and names the rest', () => {
    expect(featuresFor({ snapshots: true, insights: false, telepathy: true })).toEqual({
      batch_events: false,
      deduplication: false,
      snapshots: true,
      insights: false,
      error_correlations: false,
      agent_performance: false,
      telepathy: false,
    });
  });

  it('is not taken in by names that every object has', () => {
    const capabilities = JSON.parse('{"__proto__":true,"constructor":true,"toString":true}') as Record<string, boolean>;
    const features = featuresFor(capabilities);
    expect(Object.values(features)).not.toContain(true);
    expect(Object.keys(features)).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'toString']));
    expect(Object.getPrototypeOf(features)).toBe(Object.prototype);
  });
});
