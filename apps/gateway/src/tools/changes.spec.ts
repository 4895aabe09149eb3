import { describe, expect, it } from '@jest/globals';
import { type Change, Changes } from './changes.js';

/** A source that keeps a list of what it has opened and closed. */
function watching(changes: Changes, owns = (_uri: string) => true) {
  const log: string[] = [];
  changes.whileWanted(({ mount, uri }) => {
    if (!owns(uri)) return undefined;
    log.push(`+ ${mount} ${uri}`);
    return () => log.push(`- ${mount} ${uri}`);
  });
  return log;
}

const A = { mount: '/mcp', uri: 'a://1' };

describe('interest in an address', () => {
  it('reaches the source once, however many have it, and ends with the last', () => {
    const changes = new Changes();
    const log = watching(changes);
    const [first, second] = [changes.want(A), changes.want({ ...A })];
    expect(log).toEqual(['+ /mcp a://1']);
    first();
    // Twice the same is once.
    first();
    expect(log).toEqual(['+ /mcp a://1']);
    second();
    expect(log).toEqual(['+ /mcp a://1', '- /mcp a://1']);
    changes.want(A);
    expect(log).toHaveLength(3);
  });

  it('is kept apart by mount', () => {
    const changes = new Changes();
    const log = watching(changes);
    changes.want(A)();
    changes.want({ ...A, mount: '/mcp/u/x' });
    expect(log).toEqual(['+ /mcp a://1', '- /mcp a://1', '+ /mcp/u/x a://1']);
    expect(changes.wantedNow()).toEqual([{ ...A, mount: '/mcp/u/x' }]);
  });

  it('reaches a source that comes later, and only those who know the address', () => {
    const changes = new Changes();
    const stop = changes.want(A);
    const [late, other] = [watching(changes), watching(changes, (uri) => uri.startsWith('b:'))];
    expect([late, other]).toEqual([['+ /mcp a://1'], []]);
    stop();
    expect([late.length, other]).toEqual([2, []]);
  });
});

it('what costs something is open while somebody listens', () => {
  const changes = new Changes();
  const log: string[] = [];
  changes.whileListened(() => {
    log.push('+');
    return () => log.push('-');
  });
  const heard: Change[] = [];
  const stops = [changes.subscribe((change) => heard.push(change)), changes.subscribe(() => undefined)];
  changes.tell({ kind: 'resource', uri: 'a://1', mount: '/mcp' });
  for (const stop of stops) stop();
  expect([log, heard]).toEqual([['+', '-'], [{ kind: 'resource', uri: 'a://1', mount: '/mcp' }]]);
});
