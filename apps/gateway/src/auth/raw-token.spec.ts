import { describe, expect, it } from '@jest/globals';
import { repeatsMembers } from './raw-token.js';

const repeats = (text: string) => repeatsMembers(text, JSON.parse(text) as object);

describe('members of one name', () => {
  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a":{"b":1,"b":2}}',
    '{"a":[{"b":1},{"b":1,"b":2}]}',
    '{"a":1,"\\u0061":2}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\"":":","a\\"":1}',
    '{"a" : 1 , "a" : 2}',
    '{"1":1,"1":2}',
  ])('%s', (text) => expect(repeats(text)).toBe(true));

  it.each([
    '{}',
    '{"a":1,"A":1}',
    '{"a":{"a":{"a":1}}}',
    '{"a":"b:c","d":"\\":\\"","e":"\\\\"}',
    '{"a:b":":"}',
    '{"a":[":",{"a":1},{"a":2}]}',
    '{"__proto__":{"a":1},"constructor":1}',
    '{"a":null,"b":false}',
  ])('not in %s', (text) => expect(repeats(text)).toBe(false));
});
