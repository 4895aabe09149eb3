import { describe, expect, it } from '@jest/globals';
import { derivedId, isUuid, newId } from './identifiers.js';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NOW = Date.UTC(2026, 0, 1);

describe('isUuid', () => {
  it.each([
    ['019b7a5c-8000-7000-8000-000000000000', true],
    ['019B7A5C-8000-7000-8000-00000000000F', true],
    ['00000000-0000-0000-0000-000000000000', true],
    ['', false],
    ['019b7a5c80007000800000000000000', false],
    ['019b7a5c-8000-7000-8000-00000000000', false],
    ['019b7a5c-8000-7000-8000-0000000000000', false],
    ['019b7a5c-8000-7000-8000-00000000000g', false],
    ['------------------------------------', false],
    ['{019b7a5c-8000-7000-8000-000000000000}', false],
    ['019b7a5c-8000-7000-8000-000000000000\n', false],
    [' 019b7a5c-8000-7000-8000-000000000000', false],
  ])('%j: %p', (text, expected) => expect(isUuid(text)).toBe(expected));
});

describe('newId', () => {
  it('makes ids that sort as they were made, also within a millisecond', () => {
    const ids = Array.from({ length: 5_000 }, newId);
    expect(ids.every((id) => V7.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('derivedId', () => {
  it('is the same for the same time and seed, and no other', () => {
    const id = derivedId(NOW, 'a');
    expect(id).toMatch(V7);
    expect(derivedId(NOW, 'a')).toBe(id);
    const others = [derivedId(NOW + 1, 'a'), derivedId(NOW, 'b'), derivedId(NOW, ''), derivedId(NOW, 'a ')];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  it('differs by seed within one millisecond, also among very many', () => {
    const ids = Array.from({ length: 20_000 }, (_unused, n) => derivedId(NOW, `seed ${n}`));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sorts by time, whatever the seeds', () => {
    const ids = Array.from({ length: 200 }, (_unused, n) => derivedId(NOW + n, String(n * 7919)));
    expect([...ids].sort()).toEqual(ids);
  });
});
