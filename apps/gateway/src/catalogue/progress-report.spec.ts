import { describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { SILENT } from '#gateway/tools/call-channel.js';
import { ProgressReport } from './progress-report.js';

const LINES = { 'content-type': 'application/x-ndjson; charset=utf-8' };
/** More than lies between two reports at least. */
const PAUSE_MS = 120;

type Told = [progress: number, total: number | undefined, message: string | undefined];

/** What is told of an answer that comes in these pieces, some time apart. */
async function toldOf(pieces: readonly (string | Buffer)[], headers: Record<string, string> = LINES): Promise<Told[]> {
  const told: Told[] = [];
  const progress = (...report: [number, number?, string?]) => void told.push([report[0], report[1], report[2]]);
  const report = new ProgressReport({ ...SILENT, progress }, 1_000);
  for (const piece of pieces) {
    report.heard(Buffer.from(piece as string), headers);
    await wait(PAUSE_MS);
  }
  report.end();
  return told;
}

const euro = Buffer.from('{"progress":1,"message":"5 €"}\n');

describe('what a backend reports', () => {
  it.each<[string, (string | Buffer)[], Told[]]>([
    [
      'line by line',
      ['{"progress":1,"total":2,"message":"a"}\n', '{"progress":2,"total":2}\n{"result":{}}\n'],
      [
        [1, 2, 'a'],
        [2, 2, undefined],
      ],
    ],
    ['in pieces', ['{"progr', 'ess":1}', '\n'], [[1, undefined, undefined]]],
    ['cut within a character', [euro.subarray(0, -5), euro.subarray(-5)], [[1, undefined, '5 €']]],
    [
      'that does not grow',
      ['{"progress":5}\n', '{"progress":5}\n', '{"progress":4}\n', '{"progress":6}\n'],
      [
        [5, undefined, undefined],
        [6, undefined, undefined],
      ],
    ],
    ['too often', ['{"progress":1}\n{"progress":2}\n{"progress":3}\n'], [[1, undefined, undefined]]],
    [
      'that is none',
      ['null\n', 'x\n', '[]\n', '{"progress":"1"}\n', '{"progress":1e999}\n', '{"result":{"progress":9}}\n'],
      [],
    ],
    ['with a total that cannot be', ['{"progress":5,"total":2,"message":7}\n'], [[5, undefined, undefined]]],
    [
      'after a line without end',
      [`{"result":"${'x'.repeat(10_000)}`, 'y'.repeat(10_000), '"}\n{"progress":1}\n'],
      [[1, undefined, undefined]],
    ],
  ])('%s', async (_what, pieces, told) => expect(await toldOf(pieces)).toEqual(told));

  it('is looked for only where it said that there are lines', async () => {
    expect(await toldOf(['{"progress":1}\n'], { 'content-type': 'application/json' })).toEqual([]);
  });

  it('goes on from the seconds that were told before', async () => {
    const told: number[] = [];
    const report = new ProgressReport({ ...SILENT, progress: (progress) => void told.push(progress) }, 9_000);
    while (told.length === 0) await wait(50);
    report.heard(Buffer.from('{"progress":1,"total":2}\n'), LINES);
    report.end();
    expect(told).toHaveLength(2);
    expect(told[1]).toBe(told[0]! + 1);
  });
});
