import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Tool, ToolAnswer } from '../tool.js';
import { ToolStageMetrics } from '../tool-stages.metrics.js';
import { Sanitiser } from './sanitise.js';

const sanitiser = new Sanitiser(new ToolStageMetrics(new Registry()));
const tool = { upstream: 'far', maxResultBytes: 1_000, definition: {} } as Tool;

const circle: Record<string, unknown> = { content: [] };
circle['self'] = circle;
let deep: unknown = 'hidden \u200b';
for (let i = 0; i < 200_000; i++) deep = [deep];

describe('refuses what is no result', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'done'],
    ['no content', { structuredContent: {} }],
    ['content that is no list', { content: { type: 'text' } }],
    ['a block that is none', { content: ['text'] }],
    ['a block of no type', { content: [{ text: 'x' }] }],
    ['a question about nothing', { resultType: 'input_required' }],
  ])('%s', (_what, given) => {
    expect(() => sanitiser.checkShape(tool, given)).toThrow(/^far answered with something that cannot be used: /);
  });

  it.each([
    ['a circle', circle],
    ['a number that is none of JSON', { content: [], structuredContent: 1n }],
    ['nesting without end', { content: [], structuredContent: deep }],
    ['a question that is too long', { resultType: 'input_required', requestState: 'x'.repeat(2_000) }],
  ])('%s', (_what, given) => {
    expect(() => sanitiser.sanitise(tool, given as unknown as ToolAnswer)).toThrow(/cannot be used/);
  });
});

it('gives back the same object when there is nothing to change', () => {
  const answer = { content: [{ type: 'text', text: 'häß 😀 \n' }], structuredContent: [1], other: { a: null } };
  sanitiser.checkShape(tool, answer);
  expect(sanitiser.sanitise(tool, answer)).toEqual({ answer, bytes: Buffer.byteLength(JSON.stringify(answer)) });
  expect(sanitiser.sanitise(tool, answer).answer).toBe(answer);
});

it('cleans all of a result, and says that it did', () => {
  const answer = {
    content: [{ type: 'text', text: 'a\u202eb' }],
    structuredContent: { n: ['\u{e0041}'] },
    isError: false,
  };
  const clean = { content: [{ type: 'text', text: 'ab' }], structuredContent: { n: [''] }, isError: false };
  expect(sanitiser.sanitise(tool, answer)).toEqual({
    answer: clean,
    bytes: JSON.stringify(clean).length,
    flags: ['hidden_text_removed'],
  });
});

it('cleans what a client is asked, and not the state that comes back', () => {
  const inputRequests = { a: { method: 'elicitation/create', params: { message: 'your\u200b name?' } } } as const;
  const answer: ToolAnswer = { resultType: 'input_required', inputRequests, requestState: '\u200bopaque' };
  expect(sanitiser.sanitise(tool, answer).answer).toEqual({
    resultType: 'input_required',
    inputRequests: { a: { method: 'elicitation/create', params: { message: 'your name?' } } },
    requestState: '\u200bopaque',
  });
});

it('cuts what is larger than the tool may answer', () => {
  const { answer, bytes } = sanitiser.sanitise(tool, { content: [{ type: 'text', text: 'x'.repeat(5_000) }] });
  expect(bytes).toBe(Buffer.byteLength(JSON.stringify(answer)));
  expect(bytes).toBeLessThanOrEqual(1_000);
});
