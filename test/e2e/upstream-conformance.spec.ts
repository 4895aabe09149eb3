import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Gateway } from '../support/boot-gateway.js';
import { runConformance } from '../support/conformance.js';
import { untilConnected } from '../support/connected-upstreams.js';
import { SdkUpstream } from '../support/upstream-servers/sdk-upstream.js';

const SCENARIOS: Readonly<Record<string, number>> = { '2025-11-25': 30, '2026-07-28': 37 };
const REVISIONS = Object.keys(SCENARIOS);

const ERAS = ['dual', 'modern', 'legacy'] as const;
type Era = (typeof ERAS)[number];

interface Differences {
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

const NONE: Differences = { failures: [], warnings: [] };

/** What a client does not get of an upstream of another era, as scenario and check. Each has its reason. */
const DIFFERENCES: Readonly<Record<string, Differences>> = {
  '2026-07-28 legacy': {
    failures: [
      // Requests of the revisions with a handshake have no key that means anything, as the suite's `user_name` does.
      'input-required-result-basic-elicitation: sep-2322-elicitation-incomplete',
      // A handshake says once what the client can do. It is the gateway's, for all who share the conversation: the
      // upstream asks for more than this one client has, is refused, and fails.
      'input-required-result-capability-check: sep-2322-respect-client-capabilities',
    ],
    // The same key again: an answer under `user_name` answers nothing, so it is asked again.
    warnings: ['input-required-result-ignore-extra-params: sep-2322-ignore-unexpected-params'],
  },
};

/** Without the suite's words, in which keys and ids differ each time. */
const checksOf = (lines: readonly string[]) => lines.map((line) => line.split(': ').slice(0, 2).join(': '));

let gateway: Gateway;
let upstreams: Readonly<Record<Era, SdkUpstream>>;
beforeAll(async () => {
  const started = await Promise.all(ERAS.map(async (era) => [era, await SdkUpstream.start(era)] as const));
  upstreams = Object.fromEntries(started) as Record<Era, SdkUpstream>;
  const entries = started.map(([era, { url }]) => [era, { kind: 'http', url }]);
  const file = { upstreams: Object.fromEntries(entries) as object };
  gateway = await Gateway.boot({ AUTH_MODE: 'none' }, { upstreams: file });
  await untilConnected(gateway, ERAS);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const era of ERAS) await upstreams[era][Symbol.asyncDispose]();
});

describe.each(REVISIONS)('the official suite, as %s requires it', (revision) => {
  it('is passed by the fixture itself', async () => {
    const { required, passed, failures, warnings } = await runConformance(upstreams.dual.url, revision);
    expect({ failures, warnings }).toEqual({ failures: [], warnings: [] });
    expect(required).toHaveLength(SCENARIOS[revision]!);
    expect(passed).toEqual(required);
  }, 300_000);

  it.each(ERAS)(
    'is passed through the gateway, before an upstream of %s era',
    async (era) => {
      const { required, passed, failures, warnings } = await runConformance(`${gateway.url}/mcp/u/${era}`, revision);
      const expected = DIFFERENCES[`${revision} ${era}`] ?? NONE;
      expect({ failures: checksOf(failures), warnings: checksOf(warnings) }).toEqual(expected);
      expect(required).toHaveLength(SCENARIOS[revision]!);
      expect(passed).toHaveLength(required.length - expected.failures.length);
    },
    300_000,
  );
});
