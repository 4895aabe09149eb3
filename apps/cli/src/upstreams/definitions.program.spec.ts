import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, problem } from '../../test/fake-gateway.js';
import { testTerminal } from '../../test/test-terminal.js';
import { createProgram } from '../program.js';
import { painter, renderDiff } from './render-definitions.js';
import type { Definition } from './definitions-client.js';

const SHA = 'a'.repeat(64);
const TAG = 'b'.repeat(64);
const entry = (tool: string, more: object = {}) => ({
  tool,
  state: 'approved',
  offered: true,
  classes: [],
  harmless: false,
  flags: [],
  mentions: [],
  ...more,
});
const CHANGED = entry('send', {
  state: 'pending',
  offered: false,
  classes: ['new_capability', 'widened'],
  flags: ['mentions_other_tool'],
  mentions: ['files__read'],
  pending_sha256: SHA,
});
const ONE = {
  ...CHANGED,
  pending: {},
  changes: [
    {
      path: '/description',
      class: 'wording',
      why: 'its description has changed',
      before: 'Old.',
      after: 'New.\u001b[2J\nMore.',
    },
    { path: '/inputSchema/properties/url', class: 'new_capability', why: 'is new', after: { type: 'string' } },
  ],
};
const BASE = '/admin/upstreams/mail/definitions';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  gateway.answers.set(`GET ${BASE}`, {
    definitions: [entry('list'), CHANGED, entry('bad', { state: 'excluded', offered: false, reason: 'hidden U+200B' })],
    pending_sha256: TAG,
  });
  gateway.answers.set(`GET ${BASE}/send`, ONE);
});
afterEach(() => gateway[Symbol.asyncDispose]());

async function run(...args: string[]) {
  const terminal = testTerminal();
  let code: number | undefined;
  const program = createProgram({ version: '1', defaultUser: 'ada', terminal, exit: (given) => (code = given) });
  await program.parseAsync(['upstreams', ...args, '--url', gateway.url.href], { from: 'user' });
  return { code, out: terminal.out() };
}

/** The bodies of what was posted. */
function posted(answer: unknown): object[] {
  const bodies: object[] = [];
  gateway.interfere = (call, body) => {
    if (!call.startsWith('POST')) return undefined;
    bodies.push({ call, ...body });
    return [200, answer];
  };
  return bodies;
}

describe('achilles upstreams diff', () => {
  it('shows what is not as it was approved', async () => {
    const { code, out } = await run('diff', 'mail');
    expect(code).toBe(0);
    for (const words of [
      'send',
      'pending',
      'new_capability',
      'mentions_other_tool',
      '→ files__read',
      'hidden U+200B',
    ]) {
      expect(out).toContain(words);
    }
    expect(out).not.toContain('list');
  });

  it('says when all is as it was', async () => {
    gateway.answers.set(`GET ${BASE}`, { definitions: [entry('list')], pending_sha256: TAG });
    expect((await run('diff', 'mail')).out).toBe('All 1 tools of mail are as they were approved.\n');
  });

  it('shows each difference of one tool, and nothing that a terminal would obey', async () => {
    const { out } = await run('diff', 'mail', 'send');
    expect(out).toContain(
      ['@@ /description @@ wording: its description has changed', '- Old.', '+ New.', '+ More.', ''].join('\n'),
    );
    expect(out).toContain('+   "type": "string"');
    expect(out).not.toContain('\u001b');
    expect(renderDiff(ONE as unknown as Definition, painter(true))).toContain('\u001b[32m+ New.');
  });

  it('shows all of what was never approved', async () => {
    gateway.answers.set(`GET ${BASE}/send`, { ...ONE, pending: { name: 'send' }, changes: [] });
    expect((await run('diff', 'mail', 'send')).out).toContain('+   "name": "send"');
  });

  it('prints what the gateway answers', async () => {
    expect(JSON.parse((await run('diff', 'mail', 'send', '--json')).out)).toEqual(ONE);
  });
});

describe('achilles upstreams approve', () => {
  it('shows one tool and approves what it showed', async () => {
    const bodies = posted({ ...ONE, state: 'approved' });
    const { code, out } = await run('approve', 'mail', 'send');
    expect([code, out.includes('@@ /description @@'), out.endsWith('send is approved.\n')]).toEqual([0, true, true]);
    expect(bodies).toEqual([{ call: `POST ${BASE}/send/approve`, sha256: SHA }]);
  });

  it('approves what was seen, and tells when it is another by now', async () => {
    gateway.interfere = (call) =>
      call.startsWith('POST') ? problem(412, 'definition_changed', 'Look again.') : undefined;
    await expect(run('approve', 'mail', 'send', '--sha256', 'c'.repeat(64))).rejects.toThrow('Look again.');
  });

  it.each([
    [
      ['--class', 'wording', 'narrowed'],
      ['wording', 'narrowed'],
    ],
    [['--all'], ['first_sight', 'new_capability', 'widened', 'narrowed', 'wording']],
  ])('all at once: %j', async (options, classes) => {
    const bodies = posted({ approved: ['send'] });
    expect((await run('approve', 'mail', ...options)).out).toBe('Approved:\n  send\n');
    expect(bodies).toEqual([{ call: `POST ${BASE}/approve`, classes, sha256: TAG }]);
  });

  it.each([[['approve', 'mail']], [['approve', 'mail', 'send', '--all']]])('wants to know which: %j', async (args) => {
    await expect(run(...args)).rejects.toThrow('Say which');
  });

  it('says that nothing waits', async () => {
    gateway.answers.set(`GET ${BASE}/list`, { ...entry('list'), changes: [] });
    await expect(run('approve', 'mail', 'list')).rejects.toThrow('Nothing waits for a decision about list.');
    posted({ approved: [] });
    expect((await run('approve', 'mail', '--all')).out).toBe('Nothing waits for that.\n');
  });
});

it('achilles upstreams reject refuses what waits', async () => {
  const bodies = posted({ ...ONE, state: 'rejected' });
  expect((await run('reject', 'mail', 'send')).out).toContain('send is rejected.');
  expect(bodies).toEqual([{ call: `POST ${BASE}/send/reject`, sha256: SHA }]);
});
