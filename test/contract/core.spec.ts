import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Api } from '../support/api.js';
import { Gateway } from '../support/boot-gateway.js';
import { FakeCore } from '../support/fake-core.js';
import { builtinToolsContract } from './builtin-tools.contract.js';
import { handshakeContract } from './handshake.contract.js';
import { insightsContract } from './insights.contract.js';
import { projectsContract } from './projects.contract.js';
import { sessionsContract } from './sessions.contract.js';
import { signalsContract } from './signals.contract.js';
import { snapshotsContract } from './snapshots.contract.js';

/** A gateway with the embedded engine, and one that asks a Core over HTTP: a client must not be able to tell. */
const DRIVERS = [
  ['embedded', async (stack: AsyncDisposableStack) => stack.use(await Gateway.boot())],
  [
    'remote',
    async (stack: AsyncDisposableStack) => {
      const core = stack.use(await FakeCore.start());
      return stack.use(await Gateway.boot(core.settings()));
    },
  ],
] as const;

describe.each(DRIVERS)('Achilles on %s Core', (_driver, open) => {
  const stack = new AsyncDisposableStack();
  let gateway: Gateway;
  const api = (): Api => gateway.api;

  beforeAll(async () => {
    gateway = await open(stack);
  });
  afterAll(() => stack.disposeAsync());

  handshakeContract(api);
  projectsContract(api);
  sessionsContract(api);
  signalsContract(api);
  snapshotsContract(api);
  insightsContract(api);
  builtinToolsContract(() => gateway);
});
