import { describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { sendWithEtag } from './etag.js';

const BODY = { id: 's', name: 'ü' };

function serving(body: unknown = BODY, settled = true): FastifyInstance {
  const app = fastify();
  app.get('/', (request, reply) => sendWithEtag(request, reply, body, settled));
  return app;
}

const get = (app: FastifyInstance, ifNoneMatch?: string) =>
  app.inject({ url: '/', headers: ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch } });

const etag = String((await get(serving())).headers['etag']);

describe('sendWithEtag', () => {
  it('sends the body with a strong tag', async () => {
    const { statusCode, headers, json } = await get(serving());
    expect([statusCode, json()]).toEqual([200, BODY]);
    expect(headers).toMatchObject({
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
      'content-type': expect.stringContaining('application/json'),
    });
  });

  it('gives one tag for one body, and another for another', async () => {
    expect((await get(serving())).headers['etag']).toBe(etag);
    expect((await get(serving({ ...BODY, name: 'u' }))).headers['etag']).not.toBe(etag);
  });

  it.each([
    [true, 'private, max-age=60'],
    [false, 'private, no-cache'],
  ])('lets what is settled (%p) be kept: %s', async (settled, expected) => {
    const app = serving(BODY, settled);
    expect((await get(app)).headers['cache-control']).toBe(expected);
    expect((await get(app, etag)).headers['cache-control']).toBe(expected);
  });

  it.each([
    ['the tag', etag],
    ['a weak one: GET compares weakly', `W/${etag}`],
    ['one of several', `"a", ${etag} , "b"`],
    ['one of several, weak', `W/"a",W/${etag}`],
    ['any', '*'],
  ])('answers 304 without a body to %s', async (_what, tags) => {
    const { statusCode, body, headers } = await get(serving(), tags);
    expect([statusCode, body, headers['etag']]).toEqual([304, '', etag]);
  });

  it.each([
    ['no tag', ''],
    ['another tag', '"a"'],
    ['a tag without quotes', etag.slice(1, -1)],
    ['the beginning of the tag', `${etag.slice(0, -2)}"`],
    ['a tag in lower case', etag.toLowerCase()],
    ['commas', ',,'],
  ])('sends the body to %s', async (_what, tags) => expect((await get(serving(), tags)).statusCode).toBe(200));
});
