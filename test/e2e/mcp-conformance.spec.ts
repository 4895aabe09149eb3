import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { runConformance } from '../support/conformance.js';
import { EverythingSource } from '../support/everything.source.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await Gateway.boot({ AUTH_MODE: 'none' }, { sources: [EverythingSource] });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each([
  { revision: '2025-11-25', scenarios: 30 },
  { revision: '2026-07-28', scenarios: 37 },
])('the official suite, as $revision requires it', ({ revision, scenarios }) => {
  it(`passes all ${scenarios} scenarios`, async () => {
    const { required, passed, failures, warnings } = await runConformance(`${gateway.url}/mcp`, revision);
    expect({ failures, warnings }).toEqual({ failures: [], warnings: [] });
    expect(required).toHaveLength(scenarios);
    expect(passed).toEqual(required);
  }, 300_000);
});
