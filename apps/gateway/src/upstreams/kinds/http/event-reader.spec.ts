import { describe, expect, it } from '@jest/globals';
import type { AnswerFlow } from '#egress/egress-client.js';
import { EventReader } from './event-reader.js';

const LIMITS = { events: 1_000, length: 10_000 };

function read(pieces: readonly (string | Buffer)[], limits = LIMITS) {
  const messages: object[] = [];
  const flow = { paused: 0, pause: () => void flow.paused++, resume: () => undefined, end: () => undefined };
  const reader = new EventReader('other', limits, (message) => messages.push(message));
  for (const piece of pieces) reader.feed(Buffer.from(piece as string), flow satisfies AnswerFlow);
  return { messages, paused: flow.paused, lastEventId: reader.lastEventId, retryMs: reader.retryMs };
}

describe('EventReader', () => {
  it.each<[string, readonly (string | Buffer)[], readonly object[]]>([
    ['one event', ['event: message\ndata: {"a":1}\n\n'], [{ a: 1 }]],
    ['one without a name', ['data:{"a":1}\n\n'], [{ a: 1 }]],
    ['several lines of one', ['data: {"a":\ndata: 1}\n\n'], [{ a: 1 }]],
    ['CR LF', ['data: {"a":1}\r\n\r\ndata: {"a":2}\r\n\r\n'], [{ a: 1 }, { a: 2 }]],
    ['CR', ['data: {"a":1}\r\rdata: {"a":2}\r\r', ':\n'], [{ a: 1 }, { a: 2 }]],
    ['what comes in pieces', ['da', 'ta: {"a"', ':1}\n', '\n'], [{ a: 1 }]],
    [
      'a character in two pieces',
      [Buffer.from('data: {"a":"\u00fc"}\n\n').subarray(0, 13), Buffer.from('data: {"a":"\u00fc"}\n\n').subarray(13)],
      [{ a: '\u00fc' }],
    ],
    ['a byte order mark', ['\ufeffdata: {"a":1}\n\n'], [{ a: 1 }]],
    ['comments and other fields', [': keep-alive\n\nfoo: bar\ndata: {"a":1}\n\n'], [{ a: 1 }]],
    ['an event of another name', ['event: ping\ndata: no json\n\n'], []],
    ['several messages in one', ['data: [{"a":1},{"a":2}]\n\n'], [{ a: 1 }, { a: 2 }]],
    ['half of one', ['data: {"a":1}\n'], []],
  ])('reads %s', (_case, pieces, messages) => expect(read(pieces).messages).toEqual(messages));

  it('remembers where it stands', () => {
    expect(read(['id: 1\nretry: 250\ndata:\n\nid: 2\ndata: {}\n\ndata: {}\n\n'])).toMatchObject({
      lastEventId: '2',
      retryMs: 250,
      messages: [{}, {}],
    });
    expect(read(['id: a\0b\nretry: soon\ndata: {}\n\n'])).toMatchObject({ lastEventId: undefined, retryMs: undefined });
  });

  it.each([
    ['data: {"a"\n\n', 'an event of it is no message'],
    ['data: 5\n\n', 'an event of it is no message'],
    ['data: [5]\n\n', 'an event of it is no message'],
    [`data: ${'['.repeat(5_000)}${']'.repeat(4_000)}`, 'an event of it is no message'],
    ['data: {}\n\n'.repeat(1_001), 'it has more than 1000 events'],
    ['data:\n\n'.repeat(1_001), 'it has more than 1000 events'],
    ['x'.repeat(10_001), 'an event of it is too long'],
    [`data: ${'x'.repeat(9_000)}\n`.repeat(2), 'an event of it is too long'],
  ])('does not take %#', (text, why) => {
    expect(() => read([text, '\n\n'])).toThrow(`other answered with something that cannot be used: ${why}.`);
  });

  it('lets others have a turn after many', () => {
    expect([read(['data: {}\n\n'.repeat(499)]).paused, read(['data: {}\n\n'.repeat(500)]).paused]).toEqual([0, 1]);
  });
});
