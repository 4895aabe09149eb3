import { describe, expect, it } from '@jest/globals';
import { runConformance } from '../support/conformance.js';
import { SdkUpstream } from '../support/upstream-servers/sdk-upstream.js';

const REVISIONS = [
  { revision: '2025-11-25', scenarios: 30 },
  { revision: '2026-07-28', scenarios: 37 },
];

describe.each(REVISIONS)('the fixture itself, as $revision requires it', ({ revision, scenarios }) => {
  it(`passes all ${scenarios} scenarios`, async () => {
    await using upstream = await SdkUpstream.start('dual');
    const { required, passed, failures, warnings } = await runConformance(upstream.url, revision);
    expect({ failures, warnings }).toEqual({ failures: [], warnings: [] });
    expect(required).toHaveLength(scenarios);
    expect(passed).toEqual(required);
  }, 300_000);
});
