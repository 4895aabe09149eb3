import { expect, it } from '@jest/globals';
import { mergePatch } from './merge-patch.js';

// The table of RFC 7396, appendix A, as far as objects go.
it.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ['{}', '{"__proto__":{"polluted":true}}', '{"__proto__":{"polluted":true}}'],
])('%s with %s is %s', (target, patch, result) => {
  const before = JSON.parse(target) as Record<string, unknown>;
  expect(JSON.stringify(mergePatch(before, JSON.parse(patch) as Record<string, unknown>))).toBe(result);
  expect(JSON.stringify(before)).toBe(target);
  expect({}).not.toHaveProperty('polluted');
});
