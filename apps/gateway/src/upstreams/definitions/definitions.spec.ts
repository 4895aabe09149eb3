import { beforeEach, describe, expect, it } from '@jest/globals';
import type { UpstreamSpec } from '#config/upstreams-file.js';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { ReplicaNews } from '#gateway/replicas/replica-news.service.js';
import type { DefinitionReports } from './definition-reports.js';
import { Definitions } from './definitions.js';
import { fingerprint } from './fingerprint.js';
import { MemoryPins } from './pins/memory.pins.js';
import type { PinWrite } from './pins/pin.js';

const SPEC = { name: 'mail', on_change: 'quarantine', on_first_sight: 'accept' } as UpstreamSpec;
const aTool = (name: string, description = 'Does it.'): ToolDefinition => ({
  name,
  description,
  inputSchema: { type: 'object' },
});
const more = (name: string): ToolDefinition => ({ ...aTool(name), annotations: { readOnlyHint: true } });
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Counts what is asked of it, and does what the test says before it writes. */
class WatchedPins extends MemoryPins {
  readonly asked: string[] = [];
  beforeWrite: () => Promise<unknown> = () => Promise.resolve();

  override of(upstream: string) {
    this.asked.push('of');
    return super.of(upstream);
  }

  override definitions(upstream: string, tools?: readonly string[]) {
    this.asked.push(`definitions ${tools?.join(' ')}`);
    return super.definitions(upstream, tools);
  }

  override async write(upstream: string, writes: readonly PinWrite[]) {
    if (writes.length > 0) this.asked.push(`write ${writes.map(({ tool, take }) => `${take} ${tool}`).join(', ')}`);
    await this.beforeWrite();
    return super.write(upstream, writes);
  }
}

const reports = { changes: () => undefined, counted: () => undefined, notRecorded: () => undefined };
let pins: WatchedPins;
let news: ReplicaNews;
let definitions: Definitions;
beforeEach(() => {
  pins = new WatchedPins();
  news = new ReplicaNews(undefined, undefined, undefined);
  definitions = new Definitions(pins, news, reports as unknown as DefinitionReports);
});

const judge = (...listed: ToolDefinition[]) => definitions.tools(SPEC, listed);
const byOther = (tool: ToolDefinition): PinWrite => ({
  tool: tool.name,
  revision: 0,
  take: 'approve',
  definition: tool,
  sha256: fingerprint(tool),
  offered: true,
});

describe('a list', () => {
  it('that has not changed is one question, and the same objects', async () => {
    const first = await judge(aTool('a'), aTool('b'));
    pins.asked.length = 0;
    const again = await judge(...copyOf([aTool('a'), aTool('b')]));
    expect(pins.asked).toEqual(['of']);
    expect(again.offered.every((tool, i) => tool === first.offered[i])).toBe(true);
  });

  it('writes what is other than before, and reads only what it has to compare', async () => {
    await judge(aTool('a'), aTool('b'), aTool('c'));
    pins.asked.length = 0;
    const { offered, withheld } = await judge(aTool('a'), more('b'));
    expect(pins.asked).toEqual(['of', 'definitions b', 'write pend b, keep c']);
    expect(offered).toEqual([aTool('a')]);
    expect(withheld).toEqual([
      { name: 'b', state: 'quarantined', reason: 'has changed (new_capability), and is not approved yet' },
    ]);
    expect(await definitions.lastKnown(SPEC)).toEqual([aTool('a')]);
  });

  it('offers the approved wording without reading it each time', async () => {
    await judge(aTool('a'));
    const reworded = aTool('a', 'Does that.');
    const { offered } = await judge(reworded);
    expect(offered).toEqual([aTool('a')]);
    pins.asked.length = 0;
    expect((await judge(copyOf(reworded))).offered[0]).toBe(offered[0]);
    expect(pins.asked).toEqual(['of']);
  });

  it('is judged again by what another replica said first', async () => {
    let times = 0;
    pins.beforeWrite = () =>
      times++ === 0 ? MemoryPins.prototype.write.call(pins, 'mail', [byOther(more('a'))]) : Promise.resolve();
    const { offered, withheld } = await judge(aTool('a'), aTool('b'));
    expect(offered).toEqual([aTool('b')]);
    expect(withheld).toMatchObject([{ name: 'a', state: 'quarantined' }]);
  });

  it('has its new tools wait while nothing can be recorded, and keeps those that were approved', async () => {
    await judge(aTool('a'));
    pins.beforeWrite = () => Promise.reject(new Error('away'));
    const { offered, withheld } = await judge(aTool('a'), aTool('b'));
    expect(offered).toEqual([aTool('a')]);
    expect(withheld).toEqual([{ name: 'b', state: 'quarantined', reason: 'it cannot be recorded what it is' }]);
    pins.beforeWrite = () => Promise.resolve();
    expect((await judge(aTool('a'), aTool('b'))).offered).toHaveLength(2);
  });

  it('names new tools up to a number', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => byOther(aTool(`old${i}`)));
    await pins.write('mail', rows);
    const { offered, withheld } = await judge(aTool('old7'), aTool('new'));
    expect(offered).toEqual([aTool('old7')]);
    expect(withheld).toEqual([
      { name: 'new', state: 'quarantined', reason: 'more than 10000 tools have been seen here' },
    ]);
  });
});

describe('a decision', () => {
  it('is told to who makes the lists, also when the news of it was lost', async () => {
    let look = () => {};
    const lossy = { listen: (_hear: unknown, given: () => void) => (look = given) };
    const deaf = new Definitions(pins, lossy as unknown as ReplicaNews, reports as unknown as DefinitionReports);
    const told: string[] = [];
    deaf.onDecision((upstream) => told.push(upstream));
    const looked = async () => {
      look();
      await new Promise(setImmediate);
    };
    await looked();
    await pins.write('mail', [{ ...byOther(aTool('a')), take: 'pend', classes: ['first_sight'] }]);
    await looked();
    expect(told).toEqual([]);
    await pins.decide('mail', 'a', fingerprint(aTool('a')), 'approve', 'ada');
    await looked();
    await looked();
    expect(told).toEqual(['mail']);
  });

  it('about an entry is none about definitions', async () => {
    const told: string[] = [];
    definitions.onDecision((upstream) => told.push(upstream));
    await news.tell({ kind: 'upstream', name: 'files' });
    await news.tell({ kind: 'definitions', name: 'mail' });
    expect(told).toEqual(['mail']);
  });
});
