import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '#core/core.errors.js';
import { Database } from '#database/database.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { fingerprint } from '#gateway/upstreams/definitions/fingerprint.js';
import { MemoryPins } from '#gateway/upstreams/definitions/pins/memory.pins.js';
import { pendingTag } from '#gateway/upstreams/definitions/pins/pending-tag.js';
import type { PinWrite } from '#gateway/upstreams/definitions/pins/pin.js';
import type { Pins } from '#gateway/upstreams/definitions/pins/pins.js';
import { PostgresPins } from '#gateway/upstreams/definitions/pins/postgres.pins.js';
import { TestDatabase } from '../support/postgres.js';

const UP = 'weather';
const stack = new AsyncDisposableStack();
let database: TestDatabase;
const open = () => {
  const opened = Database.open({ connectionString: database.url }, 2, () => undefined);
  stack.defer(() => opened.destroy());
  return opened;
};

beforeAll(async () => {
  database = stack.use(await TestDatabase.create());
});
afterAll(() => stack.disposeAsync());

/** The members in an order that no store would choose. */
const aTool = (name: string, description = 'Does it.'): ToolDefinition => ({
  title: 'T',
  inputSchema: { type: 'object', properties: { zeta: { maximum: 1e21 }, a: { const: 0.1 } } },
  name,
  description,
});
const take = (
  kind: 'approve' | 'pend',
  definition: ToolDefinition,
  revision = 0,
  more: Partial<PinWrite> = {},
): PinWrite => ({
  tool: definition.name,
  revision,
  take: kind,
  definition,
  sha256: fingerprint(definition),
  offered: kind === 'approve',
  ...(kind === 'pend' && { classes: ['new_capability', 'widened'], harmless: false }),
  ...more,
});
const pinOf = async (pins: Pins, tool: string) => (await pins.of(UP)).get(tool);

describe.each(['memory', 'PostgreSQL'])('in %s', (where) => {
  let pins: Pins;
  beforeEach(async () => {
    await database.query('truncate upstream_definitions');
    pins = where === 'memory' ? new MemoryPins() : new PostgresPins(open());
  });

  it('nothing is known at first', async () => {
    expect([...(await pins.of(UP))]).toEqual([]);
    expect(await pins.offered(UP)).toEqual([]);
    expect([...(await pins.decisions())]).toEqual([]);
    expect(await pins.write(UP, [])).toEqual(new Set());
  });

  it('what is written is read again, as it was', async () => {
    const [a, b] = [aTool('a'), aTool('b', 'Ignores “quotes” \\ and 😀.')];
    expect(await pins.write(UP, [take('pend', b), take('approve', a)])).toEqual(new Set(['a', 'b']));
    expect(await pinOf(pins, 'a')).toMatchObject({
      tool: 'a',
      state: 'approved',
      approvedSha256: fingerprint(a),
      pendingSha256: null,
      classes: [],
      offered: true,
      changedAt: null,
      decidedAt: expect.any(Date),
      decidedBy: null,
      revision: 1,
    });
    expect(await pinOf(pins, 'b')).toMatchObject({
      state: 'pending',
      approvedSha256: null,
      pendingSha256: fingerprint(b),
      classes: ['new_capability', 'widened'],
      offered: false,
    });
    const definitions = await pins.definitions(UP);
    expect([definitions.get('a'), definitions.get('b')]).toMatchObject([{ approved: a }, { pending: b }]);
    expect(JSON.stringify(definitions.get('b')?.pending)).toBe(JSON.stringify(b));
    expect([...(await pins.definitions(UP, ['b'])).keys()]).toEqual(['b']);
    expect(await pins.offered(UP)).toEqual([a]);
    expect([...(await pins.of('other'))]).toEqual([]);
  });

  it('of two who write the same one is first', async () => {
    const [one, two] = [aTool('a', 'One.'), aTool('a', 'Two.')];
    expect(await pins.write(UP, [take('approve', one)])).toEqual(new Set(['a']));
    expect(await pins.write(UP, [take('approve', two), take('approve', aTool('b'))])).toEqual(new Set(['b']));
    expect((await pinOf(pins, 'a'))!.approvedSha256).toBe(fingerprint(one));
    expect(await pins.write(UP, [take('approve', two, 7)])).toEqual(new Set());
    expect(await pins.write(UP, [take('approve', two, 1)])).toEqual(new Set(['a']));
    expect(await pins.write(UP, [take('approve', one, 1)])).toEqual(new Set());
    expect(await pinOf(pins, 'a')).toMatchObject({ approvedSha256: fingerprint(two), revision: 2 });
  });

  it('a change waits, is withdrawn, and waits again', async () => {
    const [old, changed] = [aTool('a'), aTool('a', 'Does more.')];
    await pins.write(UP, [take('approve', old)]);
    await pins.write(UP, [take('pend', changed, 1, { offered: true, classes: ['wording'], harmless: true })]);
    const pending = { state: 'pending', pendingSha256: fingerprint(changed), classes: ['wording'], harmless: true };
    expect(await pinOf(pins, 'a')).toMatchObject({ ...pending, offered: true, changedAt: expect.any(Date) });
    expect(await pins.offered(UP)).toEqual([old]);
    await pins.write(UP, [{ tool: 'a', revision: 2, take: 'keep', offered: false }]);
    expect(await pinOf(pins, 'a')).toMatchObject({ ...pending, offered: false, revision: 3 });
    expect(await pins.offered(UP)).toEqual([]);
    await pins.write(UP, [{ tool: 'a', revision: 3, take: 'withdraw', offered: true }]);
    expect(await pinOf(pins, 'a')).toMatchObject({
      state: 'approved',
      pendingSha256: null,
      classes: [],
      harmless: false,
    });
    expect((await pins.definitions(UP)).get('a')).not.toHaveProperty('pending');
  });

  it('is decided about what was seen, and nothing else', async () => {
    const [old, changed, other] = [aTool('a'), aTool('a', 'Does more.'), aTool('a', 'Does harm.')];
    const decide = (tool: string, definition: ToolDefinition, decision: 'approve' | 'reject') =>
      pins.decide(UP, tool, fingerprint(definition), decision, 'ada of acme');
    await pins.write(UP, [take('approve', old)]);
    expect(await decide('b', old, 'approve')).toEqual({ outcome: 'unknown' });
    expect(await decide('a', changed, 'approve')).toEqual({ outcome: 'nothing_pending' });
    expect(await decide('a', old, 'approve')).toEqual({ outcome: 'unchanged' });
    await pins.write(UP, [take('pend', other, 1)]);
    expect(await decide('a', changed, 'approve')).toEqual({ outcome: 'other', pending: fingerprint(other) });
    expect((await pinOf(pins, 'a'))!.approvedSha256).toBe(fingerprint(old));

    const decided = { tool: 'a', from: fingerprint(old), to: fingerprint(other) };
    expect(await decide('a', other, 'reject')).toEqual({ outcome: 'decided', decided });
    expect(await decide('a', other, 'reject')).toEqual({ outcome: 'unchanged' });
    expect(await pinOf(pins, 'a')).toMatchObject({
      state: 'rejected',
      pendingSha256: fingerprint(other),
      decidedBy: 'ada of acme',
    });
    expect(await decide('a', other, 'approve')).toEqual({ outcome: 'decided', decided });
    expect(await pinOf(pins, 'a')).toMatchObject({
      state: 'approved',
      approvedSha256: fingerprint(other),
      classes: [],
      revision: 4,
    });
    expect((await pins.definitions(UP)).get('a')).toMatchObject({ approved: other });
    expect((await pins.decisions()).get(UP)).toBe(2);
  });

  it('all of some classes are approved at once, if nothing else waits by then', async () => {
    const names = ['a', 'b', 'c'];
    await pins.write(
      UP,
      names.map((name) => take('approve', aTool(name))),
    );
    const changed = names.map((name) => aTool(name, 'Other.'));
    await pins.write(UP, [
      take('pend', changed[0]!, 1, { classes: ['wording'] }),
      take('pend', changed[1]!, 1, { classes: ['new_capability', 'wording'] }),
      take('pend', aTool('d'), 0, { classes: ['first_sight'] }),
    ]);
    const tag = pendingTag((await pins.of(UP)).values());
    expect(await pins.approveAll(UP, ['wording', 'widened'], 'other', 'ada')).toBeUndefined();
    const decided = await pins.approveAll(UP, ['wording', 'widened'], tag, 'ada');
    expect(decided).toEqual([{ tool: 'a', from: fingerprint(aTool('a')), to: fingerprint(changed[0]!) }]);
    expect(await pins.approveAll(UP, ['wording'], tag, 'ada')).toBeUndefined();
    const rest = pendingTag((await pins.of(UP)).values());
    expect(rest).not.toBe(tag);
    const all = await pins.approveAll(UP, ['first_sight', 'new_capability', 'wording'], rest, 'ada');
    expect(all!.map(({ tool }) => tool).sort()).toEqual(['b', 'd']);
    expect([...(await pins.of(UP)).values()].map(({ state }) => state)).toEqual(
      names.concat('d').map(() => 'approved'),
    );
    expect((await pins.decisions()).get(UP)).toBe(3);
  });
});

describe('two replicas', () => {
  let replicas: readonly [PostgresPins, PostgresPins];
  beforeEach(async () => {
    await database.query('truncate upstream_definitions');
    replicas = [new PostgresPins(open()), new PostgresPins(open())];
  });

  it('who write at once see one state, whoever was first', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `t${i}`);
    const [a, b] = await Promise.all(
      replicas.map((pins, i) =>
        pins.write(
          UP,
          names.map((name) => take('approve', aTool(name, `By ${i}.`))).sort(() => (i === 0 ? 1 : -1)),
        ),
      ),
    );
    expect(a!.size + b!.size).toBe(200);
    const seen = await Promise.all(replicas.map(async (pins) => [...(await pins.of(UP))]));
    expect(seen[0]).toEqual(seen[1]);
    for (const [tool, { approvedSha256 }] of seen[0]!) {
      expect(approvedSha256).toBe(fingerprint(aTool(tool, `By ${a!.has(tool) ? 0 : 1}.`)));
    }
  });

  it('each see what the other one changes, and read no more than that something did', async () => {
    const [a, b] = replicas;
    await a.write(UP, [take('approve', aTool('a'))]);
    const before = await b.of(UP);
    expect(await b.of(UP)).toBe(before);
    await a.write(UP, [take('pend', aTool('a', 'More.'), 1)]);
    const after = await b.of(UP);
    expect(after.get('a')!.state).toBe('pending');
    await a.decide(UP, 'a', fingerprint(aTool('a', 'More.')), 'approve', 'ada');
    expect((await b.of(UP)).get('a')!.state).toBe('approved');
  });

  it('do not both decide', async () => {
    await replicas[0].write(UP, [take('pend', aTool('a'))]);
    const sha256 = fingerprint(aTool('a'));
    const outcomes = await Promise.all(replicas.map((pins) => pins.decide(UP, 'a', sha256, 'approve', 'ada')));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['decided', 'unchanged']);
  });

  it('go on with what they know while the database is away', async () => {
    const away = Database.open({ connectionString: database.url }, 1, () => undefined);
    const pins = new PostgresPins(away);
    await pins.write(UP, [take('approve', aTool('a'))]);
    const known = await pins.of(UP);
    await away.destroy();
    expect(await pins.of(UP)).toBe(known);
    await expect(pins.of('other')).rejects.toBeInstanceOf(StoreUnavailable);
  });
});
