import { describe, expect, it } from '@jest/globals';
import { TemplateMiner } from './template-miner.js';

const mine = (lines: readonly string[], miner = new TemplateMiner()) =>
  lines.map((line) => miner.add(line)).map((template) => template.tokens.join(' '));

describe('TemplateMiner', () => {
  it('joins lines that differ in a value and keeps others apart', () => {
    expect(
      mine([
        'session opened for user root by uid',
        'session opened for user guest by uid',
        'connection from host lost again',
      ]),
    ).toEqual([
      'session opened for user <*> by uid',
      'session opened for user <*> by uid',
      'connection from host lost again',
    ]);
  });

  it('keeps short messages apart that differ in their one telling word', () => {
    expect(new Set(mine(['ImportError: numpy', 'ImportError: torch'])).size).toBe(2);
  });

  it('never joins lines of different length or beginning', () => {
    expect(new Set(mine(['a b c d', 'a b c d e', 'z b c d'])).size).toBe(3);
  });

  it('sees a value in a first token with a digit', () => {
    expect(new Set(mine(['7 tests failed in suite', '8 tests failed in suite']))).toEqual(
      new Set(['<*> tests failed in suite']),
    );
  });

  it('gives the same templates for the same order', () => {
    const lines = ['read a from disk now', 'read b from disk now', 'read b from tape now', 'read c from tape now'];
    expect(mine(lines)).toEqual(mine(lines));
  });

  it('stays bounded: past the limit, what fits no template shares one per length', () => {
    const templates = mine(['one two', 'three four', 'five six', 'seven eight', 'one two'], new TemplateMiner(2));
    expect(templates).toEqual(['one two', 'three four', '<*> <*>', '<*> <*>', 'one two']);
  });

  it('takes an empty line', () => {
    expect(mine([''])).toEqual(['']);
  });
});
