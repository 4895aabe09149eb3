import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { Gateway } from '../support/boot-gateway.js';
import { eventually } from '../support/embedded-stage.js';
import { RedisServer } from '../support/redis-server.js';
import { aTool, sourceOf } from '../support/scripted-tools.js';
import { callTool } from '../support/tool-caller.js';

const NAME = 'upstream-of-one:one';

const stack = new AsyncDisposableStack();
let redis: RedisServer;
let gateways: Gateway[];

const another = async (settings = {}) =>
  stack.use(await Gateway.boot({ REDIS_URL: redis.url, ...settings }, { sources: [sourceOf([aTool('one')])] }));

beforeAll(async () => {
  redis = stack.use(await RedisServer.start());
  const first = await another();
  gateways = [first, await another({ DATABASE_URL: first.database!.url })];
});
afterAll(() => stack.disposeAsync());

const say = ({ url }: Gateway, word: string) =>
  new Api(url).call('POST', `/admin/breakers/${NAME}/${word}`).then(({ status }) => status);
const mode = async ({ url }: Gateway) =>
  (await new Api(url).get<{ breakers: { name: string; mode: string }[] }>('/admin/breakers')).body.breakers.find(
    ({ name }) => name === NAME,
  )?.mode;
const everywhere = (word: string) =>
  eventually(async () => expect(await Promise.all(gateways.map(mode))).toEqual(gateways.map(() => word)));

it('what an operator says at one replica holds at all of them, and at those that come later', async () => {
  expect(await say(gateways[0]!, 'open')).toBe(200);
  await everywhere('open');
  expect((await callTool(gateways[1]!, 'one')).body).toMatchObject({ error: 'CircuitOpenError' });
  gateways.push(await another({ DATABASE_URL: gateways[0]!.database!.url }));
  await everywhere('open');
  expect(await say(gateways[1]!, 'close')).toBe(200);
  await everywhere('closed');
  expect(await say(gateways[2]!, 'auto')).toBe(200);
  await everywhere('auto');
});

it('what is said while Redis is away holds here, and everywhere once it is back', async () => {
  await redis.end();
  expect(await say(gateways[0]!, 'open')).toBe(200);
  expect(await Promise.all(gateways.map(mode))).toEqual(['open', 'auto', 'auto']);
  await redis.start();
  await everywhere('open');
});
