import { expect, it } from '@jest/globals';
import { contributorsOf } from './contributors.js';
import type { VersionRow } from './tool-row.js';

const MADE = new Date(1_000);
/** Newest first: who made it, what it went back to, whether it is approved. */
const history = (...versions: [by: string, restored?: number | null, approved?: boolean][]): VersionRow[] =>
  versions.map(([created_by, restored = null, approved = false], i) => {
    const version = versions.length - i;
    const created_at = new Date(MADE.getTime() + version - 1);
    return { version, created_by, restored, created_at, approved_at: approved ? created_at : null } as VersionRow;
  });

it.each<[string, VersionRow[], string[]]>([
  ['the author of the first', history(['ada']), ['ada']],
  ['of one made of what waits: both authors', history(['bob'], ['ada']), ['bob', 'ada']],
  ['of one made of what is approved: its own', history(['bob'], ['ada', null, true]), ['bob']],
  ['of one that went back to what is approved: its own', history(['bob', 1], ['eve'], ['ada', null, true]), ['bob']],
  ['of one that went back to what waits: both', history(['bob', 1], ['eve', null, true], ['ada']), ['bob', 'ada']],
])('%s', (_what, versions, expected) => expect([...contributorsOf(versions, MADE)]).toEqual(expected));

it('nothing from before the tool was made anew', () => {
  expect([...contributorsOf(history(['bob'], ['ada']), new Date(MADE.getTime() + 1))]).toEqual(['bob']);
});
