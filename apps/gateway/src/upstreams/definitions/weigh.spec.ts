import { describe, expect, it } from '@jest/globals';
import type { ToolDefinition } from '#gateway/tools/tool.js';
import { classifyChange } from './changes/classify-change.js';
import { fingerprint } from './fingerprint.js';
import type { PendingClass, Pin } from './pins/pin.js';
import { needsChange, type TrustPolicy, weigh } from './weigh.js';

const aTool = (more: object = {}): ToolDefinition => ({
  name: 'tool',
  description: 'Does it.',
  inputSchema: { type: 'object' },
  ...more,
});
const A = aTool();
const REWORDED = aTool({ description: 'Does that.' });
const MARKED = aTool({ description: 'Does it' });
const WIDER = aTool({ inputSchema: { type: 'object', properties: { brief: { type: 'boolean' } } } });
const MORE = aTool({ inputSchema: { type: 'object', properties: { url: { type: 'string' } } } });

const aPin = (approved: ToolDefinition | undefined, more: Partial<Pin> = {}): Pin => ({
  tool: 'tool',
  state: 'approved',
  approvedSha256: approved ? fingerprint(approved) : null,
  pendingSha256: null,
  classes: [],
  harmless: false,
  offered: true,
  firstSeen: new Date(0),
  changedAt: null,
  decidedAt: null,
  decidedBy: null,
  revision: 3,
  ...more,
});
const waiting = (
  approved: ToolDefinition | undefined,
  pending: ToolDefinition,
  classes: readonly PendingClass[],
  more: Partial<Pin> = {},
) => aPin(approved, { state: 'pending', pendingSha256: fingerprint(pending), classes, offered: false, ...more });

const policy = (on_change: TrustPolicy['on_change'], on_first_sight: TrustPolicy['on_first_sight'] = 'accept') => ({
  on_change,
  on_first_sight,
});
const STRICT = policy('quarantine', 'quarantine');
const HARMLESS = policy('accept_harmless');
const TRUSTING = policy('accept');

type Row = readonly [string, ToolDefinition, Pin | undefined, TrustPolicy, string, string | undefined];

/** What is listed · what is remembered · the policy · what is offered · what is written. */
const TABLE: readonly Row[] = [
  ['the first sight, trusted', A, undefined, TRUSTING, 'listed', 'approve'],
  ['the first sight, not trusted', A, undefined, STRICT, 'nothing', 'pend'],
  ['the same again', A, aPin(A), STRICT, 'listed', undefined],
  ['the same again after it was away', A, aPin(A, { offered: false }), STRICT, 'listed', 'keep'],
  ['what waits, again', A, waiting(undefined, A, ['first_sight']), STRICT, 'nothing', undefined],
  [
    'what waits, once first sights are trusted',
    A,
    waiting(undefined, A, ['first_sight']),
    TRUSTING,
    'listed',
    'approve',
  ],
  ['something else than what waits', MORE, waiting(undefined, A, ['first_sight']), STRICT, 'nothing', 'pend'],
  [
    'something else than what was refused',
    MORE,
    waiting(undefined, A, ['first_sight'], { state: 'rejected' }),
    TRUSTING,
    'nothing',
    'pend',
  ],
  [
    'what was refused',
    A,
    waiting(undefined, A, ['first_sight'], { state: 'rejected' }),
    TRUSTING,
    'nothing',
    undefined,
  ],
  ['other wording', REWORDED, aPin(A), STRICT, 'approved', 'pend'],
  [
    'other wording, again',
    REWORDED,
    waiting(A, REWORDED, ['wording'], { offered: true }),
    STRICT,
    'approved',
    undefined,
  ],
  [
    'other wording that was refused',
    REWORDED,
    waiting(A, REWORDED, ['wording'], { state: 'rejected', offered: true }),
    STRICT,
    'approved',
    undefined,
  ],
  ['other wording where only the harmless is taken', REWORDED, aPin(A), HARMLESS, 'approved', 'pend'],
  ['other marks where the harmless is taken', MARKED, aPin(A), HARMLESS, 'listed', 'approve'],
  ['other marks', MARKED, aPin(A), STRICT, 'approved', 'pend'],
  ['more room', WIDER, aPin(A), STRICT, 'nothing', 'pend'],
  ['more room where the harmless is taken', WIDER, aPin(A), HARMLESS, 'listed', 'approve'],
  [
    'more room that waits, once the harmless is taken',
    WIDER,
    waiting(A, WIDER, ['widened'], { harmless: true }),
    HARMLESS,
    'listed',
    'approve',
  ],
  ['less room', A, aPin(WIDER), STRICT, 'nothing', 'pend'],
  ['less room where the harmless is taken', A, aPin(WIDER), HARMLESS, 'nothing', 'pend'],
  ['a new capability where the harmless is taken', MORE, aPin(A), HARMLESS, 'nothing', 'pend'],
  ['a new capability where everything is', MORE, aPin(A), TRUSTING, 'listed', 'approve'],
  [
    'a new capability that was refused, where everything is taken',
    MORE,
    waiting(A, MORE, ['new_capability'], { state: 'rejected' }),
    TRUSTING,
    'nothing',
    undefined,
  ],
  ['a third definition', MORE, waiting(A, WIDER, ['widened']), STRICT, 'nothing', 'pend'],
  ['what was approved, again', A, waiting(A, MORE, ['new_capability']), STRICT, 'listed', 'withdraw'],
  [
    'what was approved, after something was refused',
    A,
    waiting(A, MORE, ['new_capability'], { state: 'rejected' }),
    STRICT,
    'listed',
    'keep',
  ],
];

const definitions = [A, REWORDED, MARKED, WIDER, MORE];
const judged = (listed: ToolDefinition, pin: Pin | undefined, trust: TrustPolicy) => {
  const approved = definitions.find((each) => fingerprint(each) === pin?.approvedSha256);
  return weigh(listed, pin, trust, needsChange(listed, pin) ? classifyChange(approved!, listed) : undefined);
};

describe('of a tool', () => {
  it.each(TABLE)('%s', (_what, ...[listed, pin, trust, offer, take]) => {
    const verdict = judged(listed, pin, trust);
    expect([verdict.offer, verdict.write?.take]).toEqual([offer, take]);
    expect(verdict.reason === undefined).toBe(offer !== 'nothing');
    // A write names what it was made from, and what is offered from then on.
    if (verdict.write) {
      expect(verdict.write).toMatchObject({ tool: 'tool', revision: pin?.revision ?? 0, offered: offer !== 'nothing' });
    }
  });

  it('nothing is offered other than what was approved or is approved now', () => {
    for (const listed of definitions) {
      for (const approved of [undefined, ...definitions]) {
        const verdict = judged(listed, aPin(approved), STRICT);
        if (verdict.offer === 'listed') expect(listed).toBe(approved);
      }
    }
  });

  it('a change is told once', () => {
    expect(judged(MORE, aPin(A), STRICT).change).toEqual({ classes: ['new_capability', 'widened'], accepted: false });
    expect(judged(MORE, aPin(A), TRUSTING).change).toMatchObject({ accepted: true });
    expect(judged(MORE, waiting(A, MORE, ['new_capability']), STRICT).change).toBeUndefined();
  });
});
