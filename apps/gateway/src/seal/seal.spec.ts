import { describe, expect, it } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import type { Config } from '#config/env.js';
import { Seal } from './seal.service.js';

const OLD = 'the-older-key-of-thirty-two-characters-1';
const NEW = 'the-newer-key-of-thirty-two-characters-2';

const sealWith = (SESSION_KEY?: string) =>
  new Seal({ get: () => SESSION_KEY } as unknown as ConfigService<Config, true>);

const opened = (seal: Seal, text: string, binding?: string) => seal.open('mcp-session', text, binding)?.toString();

describe('what is sealed', () => {
  const seal = sealWith(OLD);

  it('opens as it was', () => {
    expect(opened(seal, seal.seal('mcp-session', Buffer.from('as it was')))).toBe('as it was');
    expect(opened(seal, seal.seal('mcp-session', { a: 'ä' }))).toBe('{"a":"ä"}');
    expect(opened(seal, seal.seal('mcp-session', Buffer.alloc(0)))).toBe('');
  });

  it('is another text each time, and safe in a header', () => {
    const texts = [1, 2].map(() => seal.seal('mcp-session', Buffer.from('same')));
    expect(texts[0]).not.toBe(texts[1]);
    expect(texts.join('')).toMatch(/^[\w-]+$/);
  });

  it('opens for its own purpose and binding only', () => {
    const text = seal.seal('mcp-session', Buffer.from('x'), 'ada');
    expect(opened(seal, text, 'ada')).toBe('x');
    expect(opened(seal, text, 'eve')).toBeUndefined();
    expect(opened(seal, text)).toBeUndefined();
    expect(seal.open('mcp-request-state', text, 'ada')).toBeUndefined();
  });

  it('opens with every key of the ring, and with no other', () => {
    const text = seal.seal('mcp-session', Buffer.from('x'));
    const rotated = sealWith(`${NEW},${OLD}`);
    expect(opened(rotated, text)).toBe('x');
    expect(opened(sealWith(NEW), text)).toBeUndefined();
    expect(opened(sealWith(), text)).toBeUndefined();
    expect(opened(seal, rotated.seal('mcp-session', Buffer.from('x')))).toBeUndefined();
  });

  it('does not open when a single bit is another', () => {
    const bytes = Buffer.from(seal.seal('mcp-session', Buffer.from('x')), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect([bit, opened(seal, changed.toString('base64url'))]).toEqual([bit, undefined]);
    }
  });

  it('has one spelling', () => {
    const text = seal.seal('mcp-session', Buffer.from('xy'));
    for (const other of [`${text}=`, ` ${text}`, `${text}\n`, text.slice(0, -1), `${text}A`, '', 'A'.repeat(99_999)]) {
      expect([other, opened(seal, other)]).toEqual([other, undefined]);
    }
  });
});
