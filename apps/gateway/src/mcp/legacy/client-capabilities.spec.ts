import { describe, expect, it } from '@jest/globals';
import { lacking } from '#gateway/tools/input-needs.js';
import type { InputRequest } from '#gateway/tools/tool.js';
import { lengthen, shorten } from './client-capabilities.js';

const FORM = { method: 'elicitation/create', params: { mode: 'form' } } as const;
const URL_MODE = { method: 'elicitation/create', params: { mode: 'url' } } as const;
const SAMPLE = { method: 'sampling/createMessage', params: {} } as const;
const WITH_TOOLS = { method: 'sampling/createMessage', params: { tools: [] } } as const;
const ROOTS = { method: 'roots/list' } as const;

describe('capabilities in a session id', () => {
  it.each([
    [{}, '', {}],
    [undefined, '', {}],
    [null, '', {}],
    [[], '', {}],
    [{ elicitation: {} }, 'e', { elicitation: { form: {} } }],
    [{ elicitation: { form: {} } }, 'e', { elicitation: { form: {} } }],
    [{ elicitation: { url: {} } }, 'u', { elicitation: { url: {} } }],
    [{ elicitation: { form: {}, url: {} } }, 'eu', { elicitation: { form: {}, url: {} } }],
    [{ elicitation: true, sampling: 'yes', roots: null }, '', {}],
    [{ sampling: {} }, 's', { sampling: {} }],
    [{ sampling: { tools: {}, context: {} } }, 'stc', { sampling: { tools: {}, context: {} } }],
    [{ roots: { listChanged: true } }, 'r', { roots: {} }],
    [{ experimental: { x: {} } }, '', {}],
  ])('%j becomes %j', (declared, letters, again) => {
    expect(shorten(declared)).toBe(letters);
    expect(lengthen(letters)).toEqual(again);
    expect(shorten(lengthen(letters))).toBe(letters);
  });

  it('passes over letters that are none', () => expect(lengthen('xé_')).toEqual({}));
});

it.each<[InputRequest, string, string[]]>([
  [FORM, 'e', []],
  [{ method: 'elicitation/create' }, 'e', []],
  [FORM, 'u', ['elicitation.form']],
  [URL_MODE, 'e', ['elicitation.url']],
  [URL_MODE, 'eu', []],
  [FORM, '', ['elicitation']],
  [SAMPLE, 's', []],
  [SAMPLE, '', ['sampling']],
  [WITH_TOOLS, 's', ['sampling.tools']],
  [WITH_TOOLS, 'st', []],
  [ROOTS, 'r', []],
  [ROOTS, 'es', ['roots']],
])('%j of a client with %j lacks %j', (request, letters, missing) => {
  expect(lacking(request, lengthen(letters))).toEqual(missing);
});
