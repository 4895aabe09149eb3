import { describe, expect, it } from '@jest/globals';
import { SecretValues } from './secret-values.js';

const secrets = new SecretValues([
  'sesame-42',
  'sesame-42-longer',
  'a b"c\\d',
  '-----A\nline-of-a-key\n-----B',
  'short',
]);

describe('SecretValues', () => {
  it.each([
    ['nothing here', 'nothing here'],
    ['x sesame-42 y', 'x [redacted] y'],
    ['sesame-42-longer', '[redacted]'],
    ['a%20b%22c%5Cd', '[redacted]'],
    [Buffer.from('sesame-42').toString('base64'), '[redacted]'],
    ['2: line-of-a-key', '2: [redacted]'],
    ['short', 'short'],
  ])('%j: %j', (text, clean) => expect(secrets.hide(text)).toBe(clean));

  it.each([
    ['it is sesam', 'it is [redacted]'],
    ['it is se', 'it is se'],
    ['it is', 'it is'],
  ])('the piece at the end of %j: %j', (text, clean) => expect(secrets.hide(text, true)).toBe(clean));

  it('leaves JSON what it is', () => {
    const json = JSON.stringify({ 'sesame-42': ['a b"c\\d', 1, '-----A\nline-of-a-key\n-----B'] });
    expect(JSON.parse(secrets.hideInJson(json))).toEqual({ '[redacted]': ['[redacted]', 1, '[redacted]'] });
  });
});
