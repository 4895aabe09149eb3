import { describe, expect, it } from '@jest/globals';
import type { Caller } from '#core/caller.js';
import type { Tool } from './tool.js';
import { ToolDirectory } from './tool-directory.js';
import { ToolSource } from './tool-source.js';

const caller: Caller = { issuer: 'i', subject: 's', tenant: 't', tier: 'gold', scopes: new Set() };
const tool = (name: string) => ({ definition: { name }, tier: 'bronze', scopes: [] }) as unknown as Tool;

/** Finds out step by step what it offers. */
class Settling extends ToolSource {
  readonly name = 'settling';
  private offered: readonly Tool[] = [];
  private step = Promise.withResolvers<void>();
  private isOver = false;

  tools(): readonly Tool[] {
    return this.offered;
  }

  override get settling(): Promise<void> | undefined {
    return this.isOver ? undefined : this.step.promise;
  }

  find(name: string): void {
    this.offered = [...this.offered, tool(name)];
    this.next();
  }

  giveUp(): void {
    this.isOver = true;
    this.next();
  }

  private next(): void {
    const { resolve } = this.step;
    this.step = Promise.withResolvers<void>();
    resolve();
  }
}

describe('a tool of a source that is still finding out', () => {
  it('is there as soon as the source knows of it, whatever else it still looks for', async () => {
    const source = new Settling();
    const directory = new ToolDirectory([source]);
    const found = directory.findSettled(caller, 'b');
    source.find('a');
    source.find('b');
    expect((await found)?.definition.name).toBe('b');
    expect(directory.settling).toBeDefined();
  });

  it('is not there when the source has given up', async () => {
    const source = new Settling();
    const directory = new ToolDirectory([source]);
    const found = directory.findSettled(caller, 'b');
    const whole = directory.settling;
    source.find('a');
    source.giveUp();
    expect(await found).toBeUndefined();
    await whole;
    expect(directory.settling).toBeUndefined();
  });
});

describe('tools of one name', () => {
  const made = (name: string, tenants?: string[], more: object = {}): Tool =>
    ({ ...tool(name), ...(tenants && { tenants: new Set(tenants) }), ...more }) as Tool;
  const of = (tenant: string): Caller => ({ ...caller, tenant });
  class Offering extends ToolSource {
    readonly name = 'offering';
    constructor(private offered: readonly Tool[]) {
      super();
    }
    tools(): readonly Tool[] {
      return this.offered;
    }
    offer(offered: readonly Tool[]): void {
      this.offered = offered;
    }
  }
  const many = Array.from({ length: 50 }, (_, i) => `t${i}`);

  it.each<[string, (name: string) => { all: readonly Tool[]; expected: Record<string, number | undefined> }]>([
    [
      'in two tenants: each sees its own',
      (n) => ({ all: [made(n, ['a']), made(n, ['b'])], expected: { a: 0, b: 1, c: undefined } }),
    ],
    [
      "a tenant's own before what another one shows to all",
      (n) => ({ all: [made(n, ['a']), made(n)], expected: { a: 0, b: 1 } }),
    ],
    [
      'what is for all before everything after it',
      (n) => ({ all: [made(n), made(n, ['a'])], expected: { a: 0, b: 0 } }),
    ],
    [
      'one that the caller may not see hides what comes after it',
      (n) => ({ all: [made(n, ['a'], { tier: 'enterprise' }), made(n)], expected: { a: undefined, b: 1 } }),
    ],
    [
      'in very many tenants',
      (n) => ({
        all: [...many.map((tenant) => made(n, [tenant])), made(n)],
        expected: { t0: 0, t49: 49, other: 50 },
      }),
    ],
    [
      'in very many tenants, and for nobody else',
      (n) => ({ all: many.map((tenant) => made(n, [tenant, 'both'])), expected: { t7: 7, both: 0, other: undefined } }),
    ],
  ])('%s', (_what, make) => {
    const { all, expected } = make('n');
    const directory = new ToolDirectory([new Offering(all)]);
    for (const [tenant, at] of Object.entries(expected)) {
      const tool = at === undefined ? undefined : all[at];
      expect(directory.find(of(tenant), 'n')).toBe(tool);
      expect(directory.visibleTo(of(tenant))).toEqual(tool ? [tool] : []);
    }
  });

  it('are put together anew as they come and go, the others stay', () => {
    const [x, y, z] = [made('x'), made('y', ['a']), made('z')];
    const source = new Offering([x, z]);
    const directory = new ToolDirectory([new Offering([made('b')]), source]);
    const names = (tenant: string) => directory.visibleTo(of(tenant)).map(({ definition }) => definition.name);
    const before = directory.revision;
    expect(names('a')).toEqual(['b', 'x', 'z']);
    expect(directory.revision).toBe(before);
    source.offer([x, y, z]);
    expect(directory.revision).not.toBe(before);
    expect([names('a'), names('b')]).toEqual([
      ['b', 'x', 'y', 'z'],
      ['b', 'x', 'z'],
    ]);
    const other = made('x');
    source.offer([y, other]);
    expect(names('a')).toEqual(['b', 'x', 'y']);
    expect(directory.find(of('a'), 'x')).toBe(other);
    expect(directory.find(of('a'), 'z')).toBeUndefined();
    expect(directory.all().map(({ definition }) => definition.name)).toEqual(['b', 'x', 'y']);
    expect(directory.named('x')).toEqual([other]);
  });

  it('of ten thousand one that changes costs no more than looking through them', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => made(`tool-${i}`, ['a']));
    const source = new Offering(all);
    const directory = new ToolDirectory([source]);
    expect(directory.visibleTo(of('a'))).toHaveLength(10_000);
    const before = process.threadCpuUsage();
    for (let i = 0; i < 20; i++) {
      source.offer(all.with(i, made(`tool-${i}`, ['a'])));
      expect(directory.find(of('a'), `tool-${i}`)).toBeDefined();
    }
    // A few milliseconds each on a quiet machine.
    expect(process.threadCpuUsage(before).user / 1_000 / 20).toBeLessThan(50);
  });
});
